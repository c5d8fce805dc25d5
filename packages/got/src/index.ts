import type { MaybePromise, SignedOptions, Signer } from '@countersign/core'
import { andThen, apart, assertSigned, isPromise } from '@countersign/core/kit'
import type { ExtendOptions, Options, Request } from 'got'
import { type Call, headersOf, isRefused, learn, namePlainly, recover, sign } from './call.ts'

/** What a request's `context` may hold for this package. */
export interface SignerContext {
  /** `false` sends this request unsigned; another signer signs it instead. */
  signer?: Signer | false
}

interface Home {
  countersignHome?: string
}

/** What stands for a call in `context`, which errors show: nothing of it can be seen there. */
class Ticket {
  readonly #issuer: object
  readonly #call: Call

  constructor(issuer: object, call: Call) {
    this.#issuer = issuer
    this.#call = call
  }

  /** The call, unless another installation began it. */
  static callOf(issuer: object, ticket: unknown): Call | undefined {
    return ticket instanceof Ticket && ticket.#issuer === issuer ? ticket.#call : undefined
  }
}

/**
 * Options that make got sign its requests: `got.extend(signed(signer))`.
 *
 * Every attempt, every hop of a redirect and every page is signed for the URL and the bytes that are
 * really sent, and a hop to another origin gets nothing. A 401 is answered once, with a new token,
 * nonce or clock, if the body can be sent again; it takes nothing from got's `retry`. `got.stream`
 * signs too, but cannot repeat: there the 401 surfaces, and the next call has a new token.
 *
 * `context: { signer }` is for one request: `false`, or another signer.
 *
 * @throws {OptionError} if the signer or an option is wrong.
 */
export function signed(
  signer: Signer,
  options: SignedOptions = {},
): Pick<ExtendOptions, 'handlers' | 'hooks'> {
  assertSigned(signer, options)
  const own = apart(signer)
  const callOf = (options: Pick<Options, 'context'> | undefined) =>
    Ticket.callOf(own, options?.context.countersign)
  /** Notes what went wrong, which got's own error does not tell. */
  const during = <T>(call: Call, work: () => MaybePromise<T>): MaybePromise<T> => {
    const fail = (error: Error): never => {
      call.failure = error
      throw error
    }
    try {
      const result = work()
      return isPromise(result) ? result.catch(fail) : result
    } catch (error) {
      return fail(error as Error)
    }
  }

  return {
    handlers: [
      (request, next) => {
        // got could not make sense of the call, and says so itself.
        if (!request) return next(request)
        // A page of a pagination may begin with the options of the page before it.
        const page = callOf(request)
        page?.undo?.(request)
        const { context, body } = request
        const { signer: by = signer, countersignHome } = context as SignerContext & Home
        const call: Call = {
          signer: by,
          own: by === signer ? own : undefined,
          body,
          type: headersOf(request)['content-type'],
          home: page?.home ?? countersignHome,
          secrets: [],
        }
        request.context = { ...context, countersign: new Ticket(own, call) }
        const made = next(request)
        // Of a caller who takes every status. Any other gets an error, which has the body, too.
        if (request.isStream) {
          ;(made as Request).once('response', (answer) => learn(call, answer, request))
        }
        return made
      },
    ],
    hooks: {
      init: [
        // Options that have a URL already are those of a page, and the next page's are merged with them.
        (_, { url, context }) => {
          if (url) (context as Home).countersignHome ??= new URL(url).origin
        },
      ],
      beforeRequest: [
        (given) => {
          const request = given as unknown as Options
          const call = callOf(request)
          return call && during(call, () => sign(call, request, options))
        },
      ],
      afterResponse: [
        (response, retryWithMergedOptions) => {
          const request = response.request.options as unknown as Options
          const call = callOf(request)
          if (!call || !isRefused(call, response)) return response
          return andThen(
            during(call, () => recover(call, response, request)),
            (again) => {
              if (!again) return response
              const { calculateDelay } = request.retry
              return retryWithMergedOptions({
                context: request.context,
                // A caller's own delay says when to retry, not whether this is sent again.
                retry: {
                  calculateDelay: (attempt) =>
                    attempt.error.code === 'ERR_RETRYING' ? 1 : (calculateDelay?.(attempt) ?? 0),
                },
              })
            },
          )
        },
      ],
      beforeError: [
        async (error) => {
          const call = callOf(error.options)
          const { response } = error
          if (call && response && error.options.isStream) {
            await learn(call, response, error.options as unknown as Options)
          }
          // The options that an error shows are those of the caller, and so is the URL in its words.
          if (call?.proof) namePlainly(error, call.proof)
          call?.undo?.(error.options as unknown as Options)
          // got 14 has no causes.
          if (call?.failure?.message === error.message) error.cause ??= call.failure
          return error
        },
      ],
    },
  }
}
