import type { Refusal, SignableRequest, Signature, Signer } from '@countersign/core'

export const request = (changes: Partial<SignableRequest> = {}): SignableRequest => ({
  method: 'GET',
  url: 'https://api.example/v1/items?page=2',
  headers: {},
  ...changes,
})

/** Signs at once, or fails: a promise where none is needed is a defect. */
export function sign(signer: Signer, changes: Partial<SignableRequest> = {}): Signature {
  const signature = signer.sign(request(changes))
  if ('then' in signature) throw new Error('The signer took its time')
  return signature
}

/** The refusal of a signature, as a client hands it over. */
export const refusal = (
  signature: Signature,
  { status = 401, headers = {} as Record<string, string>, text = '' } = {},
): Refusal => ({
  status,
  headers: new Headers(headers),
  request: request(),
  signature,
  text: async () => text,
})
