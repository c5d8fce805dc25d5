/** As much of Babel's `NodePath` as is looked at. */
interface Path {
  readonly node: { readonly type: string; readonly value?: unknown; readonly callee?: Callee }
  readonly parentPath: Path | null
}
interface Callee {
  readonly name?: string
}

const MAKES_ERROR = /Error$|^(?:wrong|unexpected|reject|refusedRedirect)$/

/**
 * Leaves the plain words of an error's message as they are: a test that repeats them proves nothing.
 * Codes, names of options, and messages with a value in them are mutated like all else.
 */
function shouldIgnore({ node, parentPath }: Path): string | undefined {
  if (node.type !== 'StringLiteral' || !String(node.value).includes(' ')) return undefined
  let maker = parentPath
  while (maker?.node.type === 'ConditionalExpression') maker = maker.parentPath
  return MAKES_ERROR.test(maker?.node.callee?.name ?? '') ? 'words of a message' : undefined
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'words', value: { shouldIgnore } }]
