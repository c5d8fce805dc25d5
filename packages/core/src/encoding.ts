/** Base64 of a text in UTF-8. */
export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text)
  // Not as arguments, of which a long text makes too many.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** A text as a form holds it. */
export function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
