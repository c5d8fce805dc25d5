import type { SignedOptions, Signer } from '@countersign/core'
import { asBytes, asGiven, type Payload, piecesOf } from '@countersign/core/kit'
import type { AxiosHeaders } from 'axios'

/** A form of the `form-data` package: an old stream, which holds all of its parts or some to be read. */
interface Form {
  getHeaders(): Record<string, string>
  hasKnownLength(): boolean
  on(event: string, listener: (value: never) => void): void
  resume(): void
}

const isForm = (data: unknown): data is Form => 'hasKnownLength' in Object(data)

/** The data as it goes on the wire; what names its own content type overrules axios's guess. */
export async function payloadOf(
  { readsBody }: Signer,
  data: unknown,
  headers: AxiosHeaders,
  { buffer }: SignedOptions,
): Promise<Payload> {
  if (!readsBody) return asGiven(data as BodyInit)
  if (isForm(data)) {
    headers.set(data.getHeaders())
    return asBytes(piecesOf(data) as never, data.hasKnownLength() ? Infinity : buffer)
  }
  const payload = await asBytes(data as BodyInit, buffer)
  const type = data instanceof Blob ? data.type || 'application/octet-stream' : payload.type
  if (type && typeof data !== 'string') headers.setContentType(type)
  return payload
}
