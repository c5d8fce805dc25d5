import type { AwsMistake } from './draft.ts'
import { attempt, mistake, type Scene } from './mistake.ts'

const PATH = 'sign the path that is sent, each character but the slash escaped once'
const QUERY = 'sign each name and value escaped, with a = between them, sorted by name'

/** The usual ways to sign another path. */
export function pathMistakes({ url, typed }: Scene): AwsMistake[] {
  const { hostname, pathname } = new URL(url)
  const [bucket = ''] = hostname.split('.')
  const path = (what: string, rewrite: (path: string) => string | undefined) =>
    mistake('path', what, PATH, (draft) => {
      const rewritten = attempt(() => rewrite(draft.path))
      return rewritten === undefined || rewritten === draft.path ? undefined : { path: rewritten }
    })
  return [
    path('the path escaped twice, as for other services than S3', encodeURI),
    path('the path unescaped', decodeURIComponent),
    path('the path as it is sent, not escaped as a key is', () => pathname),
    path('the path as it was typed', () => typed.split('?', 1)[0]),
    path(
      'the slashes of the path escaped',
      (it) => `/${encodeURIComponent(decodeURIComponent(it.slice(1)))}`,
    ),
    path('+ where %20 is sent in the path', (it) => it.replaceAll('%20', '+')),
    path('the bucket in the path, too, which is in the host', (it) => `/${bucket}${it}`),
    path('the path without the bucket', (it) => it.replace(/^\/[^/]*/, '') || '/'),
    path('the path without its first slash', (it) => it.slice(1)),
    path('no slash at the end of the path', (it) => it.replace(/(?<=.)\/$/, '')),
    path('a slash at the end of the path', (it) => it.replace(/\/?$/, '/')),
    path('two slashes made one in the path', (it) => it.replace(/\/{2,}/g, '/')),
    path('the path /', () => '/'),
    path('an empty path', () => ''),
    path('the whole target for a path', (it) => it + new URL(url).search),
    path('the whole URL for a path', () => url),
  ]
}

/** The usual ways to sign another query. */
export function queryMistakes({ url, typed }: Scene): AwsMistake[] {
  const sent = new URL(url).search.slice(1)
  const query = (what: string, rewrite: (query: string) => string | undefined) =>
    mistake('query', what, QUERY, (draft) => {
      const rewritten = attempt(() => rewrite(draft.query))
      return rewritten === undefined || rewritten === draft.query ? undefined : { query: rewritten }
    })
  return [
    query('no query', () => ''),
    query('the query as it is sent, neither sorted nor escaped', () => sent),
    query('the query as it was typed', () => typed.split('?').slice(1).join('?')),
    query('the query unsorted', (it) => unsorted(it, sent)),
    query('the slashes of the query bare', (it) => it.replaceAll('%2F', '/')),
    query('the query unescaped', decodeURIComponent),
    query('the query escaped twice', (it) => it.replaceAll('%', '%25')),
    query('+ where %20 belongs in the query', (it) => it.replaceAll('%20', '+')),
    query('the query with a ? before it', (it) => `?${it}`),
    query('names without a value and their =', (it) => it.replace(/=(?=&|$)/g, '')),
    query('the escapes of the query in lower case', (it) =>
      it.replace(/%../g, (escape) => escape.toLowerCase()),
    ),
    query('the query escaped as encodeURIComponent does', (it) =>
      it.replace(/%(?:21|27|28|29|2A)/g, decodeURIComponent),
    ),
    query('the query in reverse', (it) => it.split('&').reverse().join('&')),
  ]
}

/** The escaped pairs in the order in which they are sent. */
function unsorted(query: string, sent: string): string {
  const names = sent.split('&').map((pair) => pair.split('=', 1)[0] ?? '')
  const place = (pair: string) => names.indexOf(pair.split('=', 1)[0] ?? '')
  return query
    .split('&')
    .toSorted((a, b) => place(a) - place(b))
    .join('&')
}
