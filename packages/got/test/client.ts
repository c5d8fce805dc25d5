import { Readable } from 'node:stream'
import { signed } from '@countersign/got'
import type { Answer, Call, Client } from '@countersign/testing/contract'
import http from 'node:http'
import https from 'node:https'
import got, {
  type ExtendOptions,
  HTTPError,
  type OptionsInit,
  type Response,
  TimeoutError,
} from 'got'

/** A call as got takes it. */
function optionsOf({
  params,
  query,
  auth,
  stream,
  json,
  transforms = [],
  ...call
}: Call): OptionsInit {
  const { onResponse } = call
  return {
    ...(call.method && { method: call.method as 'GET' }),
    ...(call.headers && { headers: call.headers as Record<string, string> }),
    ...(params && { searchParams: new URLSearchParams(params as [string, string][]) }),
    ...(query && { searchParams: query }),
    ...(auth && auth),
    ...(call.body !== undefined && { body: call.body as string }),
    ...(stream && { body: Readable.from(stream) }),
    ...(json && { json }),
    stringifyJson: (data: unknown) =>
      transforms.reduce((text, next) => next(text), JSON.stringify(data)),
    ...(call.signer !== undefined && { context: { signer: call.signer } }),
    ...(call.signal && { signal: call.signal }),
    ...(call.timeout !== undefined && { timeout: { request: call.timeout } }),
    ...(call.redirect && { followRedirect: false }),
    ...(call.tolerant && { throwHttpErrors: false }),
    retry: {
      limit: call.retries ?? 0,
      ...(call.retries && { calculateDelay: ({ computedValue }) => Math.min(computedValue, 1) }),
    },
    ...(onResponse && {
      hooks: {
        afterResponse: [
          (response) => {
            onResponse(response.statusCode)
            return response
          },
        ],
      },
    }),
  }
}

function asBuffer({ body }: Call): Partial<Call> {
  if (!(body instanceof Uint8Array)) return {}
  return { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Readable.from(chunks).toArray()).toString()
}

const CANNOT = {
  '9a': 'got takes no Blob',
  '10b': 'got takes no ArrayBuffer',
  '9b': 'got takes no File',
  '9c': 'got takes no URLSearchParams; it has `form`',
  '27a': '`got.stream` is got’s only stream, and cannot repeat: line 42',
  '14c': 'got takes headers as an object',
  '14d': 'got takes headers as an object',
}

/** @param takesBytes got 14 takes a Buffer, and no other Uint8Array. */
export const client = (name = 'got', more: Client['cannot'] = {}, takesBytes = true): Client => ({
  name,
  readme: new URL('../README.md', import.meta.url),
  cannot: { ...CANNOT, ...more },
  isStatusError: (error) => error instanceof HTTPError,
  isAbort: (error) => (error as Error).name === 'AbortError',
  isTimeout: (error) => error instanceof TimeoutError,
  make(signer, { twice, derived, transport, allowInsecure = false, buffer }) {
    const options = { allowInsecure, ...(buffer !== undefined && { buffer }) }
    let instance = got.extend(signed(signer, options))
    if (twice) instance = instance.extend(signed(signer, options))
    if (derived) instance = instance.extend({ headers: { 'x-derived': '1' } })
    const own: ExtendOptions = transport
      ? {
          request: (url, options, callback) => {
            transport()
            return (url.protocol === 'https:' ? https : http).request(url, options, callback)
          },
        }
      : {}
    const api = instance.extend(own)

    async function stream(call: Call): Promise<Answer> {
      const stream = api.stream(call.url, optionsOf(call) as object)
      const status = new Promise<number>((resolve) => {
        stream.once('response', ({ statusCode }) => resolve(statusCode))
      })
      try {
        return { text: await textOf(stream), status: await status }
      } catch (error) {
        if (!(error instanceof HTTPError)) throw error
        return { status: error.response.statusCode, text: String(error.response.body ?? ''), error }
      }
    }

    return {
      stream,
      async send(given) {
        const call = takesBytes ? given : { ...given, ...asBuffer(given) }
        if (call.streamed) return stream(call)
        try {
          const { statusCode, body } = (await api(call.url, optionsOf(call))) as Response<string>
          return { status: statusCode, text: body }
        } catch (error) {
          if (!(error instanceof HTTPError)) throw error
          const { statusCode, body } = error.response
          return { status: statusCode, text: String(body), error }
        }
      },
    }
  },
})
