/** What an element holds: text, or elements in order, those in a list all of the one name. */
export type Xml =
  | string
  | number
  | boolean
  | { readonly [name: string]: Xml | readonly Xml[] | undefined }

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

/** A document of one element, whose name may come with its namespace. */
export function xml(name: string, content: Xml, namespace?: string): string {
  const start = namespace === undefined ? name : `${name} xmlns="${namespace}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${start}>${inside(content)}</${name}>`
}

function inside(content: Xml): string {
  if (typeof content !== 'object') {
    return String(content).replace(/[&<>"\r]/g, (char) => ESCAPES[char] as string)
  }
  return Object.entries(content)
    .flatMap(([name, one]) =>
      [one ?? []].flat().map((each) => `<${name}>${inside(each)}</${name}>`),
    )
    .join('')
}
