import { Readable } from 'node:stream'
import { signed } from '@countersign/ky'
import type { Call, Client } from '@countersign/testing/contract'
import ky, { HTTPError, type Options, TimeoutError } from 'ky'

/** A call as ky takes it. */
function optionsOf({ params, query, auth, stream, json, transforms = [], ...call }: Call): Options {
  const headers = auth
    ? { authorization: `Basic ${btoa(`${auth.username}:${auth.password}`)}` }
    : call.headers
  const { onResponse } = call
  return {
    ...(call.method && { method: call.method }),
    ...(headers && { headers: headers as HeadersInit }),
    ...(params && { searchParams: new URLSearchParams(params as [string, string][]) }),
    ...(query && { searchParams: query }),
    ...(call.body !== undefined && { body: call.body }),
    ...(stream && {
      body: Readable.toWeb(Readable.from(stream)) as ReadableStream,
      duplex: 'half',
    }),
    ...(json && { json }),
    stringifyJson: (data: unknown) =>
      transforms.reduce((text, next) => next(text), JSON.stringify(data)),
    ...(call.signer !== undefined && { context: { signer: call.signer } }),
    ...(call.signal && { signal: call.signal }),
    ...(call.timeout !== undefined && { timeout: call.timeout }),
    ...(call.redirect && { redirect: call.redirect }),
    ...(call.tolerant && { throwHttpErrors: false }),
    retry: { limit: call.retries ?? 0, delay: () => 0 },
    ...(onResponse && {
      hooks: { afterResponse: [({ response }) => onResponse(response.status)] },
    }),
  }
}

async function textOf(response: Response, streamed: boolean | undefined): Promise<string> {
  if (!streamed) return response.text()
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const CANNOT = {
  '42': 'ky has no stream of its own: the body of every response is one',
}

export const client = (name = 'ky', more: Client['cannot'] = {}): Client => ({
  name,
  readme: new URL('../README.md', import.meta.url),
  cannot: { ...CANNOT, ...more },
  isStatusError: (error) => error instanceof HTTPError,
  isAbort: (error) => (error as Error).name === 'AbortError',
  isTimeout: (error) => error instanceof TimeoutError,
  make(signer, { twice, derived, transport, allowInsecure = false, buffer }) {
    const options = { allowInsecure, ...(buffer !== undefined && { buffer }) }
    let instance = ky.extend(signed(signer, options))
    if (twice) instance = instance.extend(signed(signer, options))
    if (derived) instance = instance.extend({ headers: { 'x-derived': '1' } })
    const own: Options = transport
      ? {
          fetch: (...args) => {
            transport()
            return fetch(...args)
          },
        }
      : {}
    return {
      async send(call) {
        try {
          const response = await instance(call.url, { ...optionsOf(call), ...own })
          return { status: response.status, text: await textOf(response, call.streamed) }
        } catch (error) {
          if (!(error instanceof HTTPError)) throw error
          return { status: error.response.status, text: String(error.data ?? ''), error }
        }
      },
    }
  },
})
