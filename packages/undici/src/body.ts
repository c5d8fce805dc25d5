import type { SignedOptions, Signer } from '@countersign/core'
import { asBytes, asGiven, isStream, type Payload, piecesOf } from '@countersign/core/kit'

/** How much of what `fetch` holds as bytes already, and shows as a generator, is made bytes again. */
const FETCH_BUFFER = 64 * 1024 * 1024

/**
 * A body as undici takes it, ready to be sent as often as its nature allows.
 *
 * @param length The content length that goes with it, if one is told.
 */
export async function payloadOf(
  signer: Signer,
  body: unknown,
  length: string | string[] | undefined,
  { buffer }: SignedOptions,
): Promise<Payload> {
  if (!isOneShot(body)) {
    if (!signer.readsBody) return asGiven(body as BodyInit)
    const payload = await asBytes(formOf(body) as BodyInit)
    // undici gives a text no content type.
    return typeof body === 'string' ? { ...payload, type: null } : payload
  }
  const held = length !== undefined && isOfFetch(body)
  const limit = buffer ?? (held ? FETCH_BUFFER : undefined)
  const repeatable = held && signer.recover && Number(length) <= Number(limit)
  if (!signer.readsBody && !repeatable) return { once: true, take: () => body as never }
  return asBytes(piecesOf(body) as never, limit)
}

type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

function isOneShot(body: unknown): body is Chunks {
  if (isStream(body)) return true
  // Bytes, forms and parameters can be iterated too, again and again.
  const isObject = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body)
  return isObject && Symbol.iterator in body && !('append' in body)
}

/** Under `fetch`, bytes come as a generator, and unlike a stream they come with their length. */
const isOfFetch = (body: object): boolean => !('pipe' in body || 'pipeTo' in body)

/** The platform's encoding knows the platform's own forms only; undici has its own. */
function formOf(body: unknown): unknown {
  const foreign = Object.prototype.toString.call(body) === '[object FormData]'
  if (!foreign || body instanceof FormData) return body
  const form = new FormData()
  for (const [name, value] of body as FormData) form.append(name, value as string)
  return form
}
