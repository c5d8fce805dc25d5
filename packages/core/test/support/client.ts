import { Readable } from 'node:stream'
import { signedFetch } from '@countersign/core'
import type { Call, Client } from '@countersign/testing/contract'

const named = (name: string) => (error: unknown) => (error as Error).name === name

/** A call as fetch takes it. */
function init({ json, transforms = [], stream, body, headers, auth, signer, ...call }: Call) {
  const parts = new Headers(headers as HeadersInit)
  if (auth) parts.set('authorization', `Basic ${btoa(`${auth.username}:${auth.password}`)}`)
  if (json) parts.set('content-type', 'application/json')
  const text = json && transforms.reduce((text, next) => next(text), JSON.stringify(json))
  const content = stream ? Readable.toWeb(Readable.from(stream)) : (body ?? text)
  const timeout = call.timeout === undefined ? undefined : AbortSignal.timeout(call.timeout)
  return {
    ...(call.method && { method: call.method }),
    ...(content !== undefined && { body: content }),
    ...(stream && { duplex: 'half' }),
    ...(auth || json || headers === undefined ? { headers: parts } : { headers }),
    ...(signer !== undefined && { signer }),
    signal: call.signal ?? timeout ?? null,
    redirect: call.redirect ?? 'follow',
  } as RequestInit
}

export const client: Client = {
  name: 'fetch',
  readme: new URL('../../README.md', import.meta.url),
  isAbort: named('AbortError'),
  isTimeout: named('TimeoutError'),
  cannot: {
    '19': 'fetch repeats nothing; a client around it does, and each attempt is signed anew',
    '20': 'as 19',
    '25': 'fetch has no hooks',
    '41a': 'fetch has nothing to extend',
    '42': 'fetch has no stream of its own: the body of every response is one',
  },
  make(signer, { twice, derived, transport, allowInsecure = false, buffer }) {
    const options = { allowInsecure, ...(buffer !== undefined && { buffer }) }
    if (derived) throw new Error('There is nothing to extend')
    const own: typeof fetch = (...args) => {
      transport?.()
      return fetch(...args)
    }
    const once = signedFetch(signer, { ...options, ...(transport && { fetch: own }) })
    const send = twice ? signedFetch(signer, { ...options, fetch: once as typeof fetch }) : once
    return {
      async send({ url, params, query, ...call }) {
        const search = query ?? (params && String(new URLSearchParams(params as [])))
        const response = await send(
          search === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}${search}`,
          init({ url, ...call }),
        )
        if (!call.streamed) return { status: response.status, text: await response.text() }
        const chunks: Uint8Array[] = []
        for await (const chunk of response.body ?? []) chunks.push(chunk)
        return { status: response.status, text: Buffer.concat(chunks).toString() }
      },
    }
  },
}
