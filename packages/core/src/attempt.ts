import type { JsonValue } from 'type-fest'
import { content, limitedText, members, parseJson, unexpected } from './answer.ts'
import { refusalsOf } from './compose.ts'
import { OptionError } from './errors.ts'
import type { ExchangeOptions } from './exchange.ts'
import { complaint, Failures, retryAfter, strings } from './exchange-error.ts'
import { functionOr, headerValue, kind } from './options.ts'
import type { MaybePromise, SignableRequest, Signature } from './signer.ts'

export type FormFields = Readonly<Record<string, string | undefined>>

/** What goes into one attempt. */
export interface Prepared {
  form?: FormFields
  json?: JsonValue
  headers?: Readonly<Record<string, string>>
}

interface AttemptOptions<T> extends Omit<ExchangeOptions<T>, 'form' | 'json'> {
  url: URL
  method: string
  now: () => number
  prepare(): MaybePromise<Prepared>
}

/** One request of an exchange, and what its answer means. A proof that can be mended is sent once more. */
export function attemptOf<T>(options: AttemptOptions<T>): (signal: AbortSignal) => Promise<T> {
  const { url, method, now, signer, prepare, readError = complaint } = options
  if (typeof options.read !== 'function') {
    throw new OptionError('read', `takes a function, not ${kind(options.read)}`)
  }
  const send = functionOr('fetch', options.fetch, undefined)
  const constant: Record<string, string> = { accept: 'application/json' }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    constant[name.toLowerCase()] = headerValue(`headers.${name}`, value)
  }

  return async function attempt(signal: AbortSignal, replay = false): Promise<T> {
    const failures = new Failures(method, url)
    const startedAt = now()
    const prepared = await prepare()
    const [type, body] = encoded(prepared)
    const request: SignableRequest = {
      method,
      url: url.href,
      headers: { ...type, ...constant, ...prepared.headers },
      signal,
      ...(body !== undefined && { body }),
    }
    const signature: Signature = (await signer?.sign(request)) ?? { headers: {} }
    const headers = { ...request.headers, ...signature.headers }
    failures.conceal(strings(prepared.form), strings(prepared.json))
    for (const value of Object.values({
      ...options.headers,
      ...prepared.headers,
      ...signature.headers,
    })) {
      failures.conceal([value], value.split(/[ :]/))
    }

    let response: Response
    let text: string
    let whole: boolean
    try {
      response = await (send ?? fetch)(signature.url ?? url.href, {
        method,
        headers,
        redirect: 'manual',
        signal,
        ...(body !== undefined && { body }),
      })
      ;({ text, whole } = await limitedText(response))
    } catch (error) {
      throw failures.unreachable(error)
    }

    const { status } = response
    const parsed = parseJson(text)
    if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      throw failures.redirected(status, response.headers.get('location'), url)
    }
    if (signer?.recover && !replay && refusalsOf(signer).includes(status)) {
      const peek = async () => text.slice(0, 65_536)
      const refusal = { status, headers: response.headers, request, signature, text: peek }
      if (await signer.recover(refusal)) return attempt(signal, true)
    }
    if (status >= 400 || members(parsed)?.error) {
      const after = retryAfter(response.headers, now())
      throw failures.answered(status, readError(parsed, status), after)
    }
    failures.conceal(strings(parsed ?? text))
    try {
      if (!whole) throw unexpected('a body of more than 1 MiB')
      const answer = { startedAt, status, headers: response.headers }
      return options.read(content(text, options.text), answer)
    } catch (error) {
      throw failures.unusable(status, error)
    }
  }
}

/** The body as it is sent, and its content type. */
function encoded({ form, json }: Prepared): [Record<string, string>, string?] {
  if (form) {
    const fields = Object.entries(form).filter(
      (field): field is [string, string] => field[1] !== undefined,
    )
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return [type, new URLSearchParams(fields).toString()]
  }
  if (json === undefined) return [{}]
  return [{ 'content-type': 'application/json' }, JSON.stringify(json)]
}
