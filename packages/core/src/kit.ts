/**
 * For authors of adapters and services: what every client shares, so that a new one is one small
 * file. An adapter makes a call ready ({@link wireUrl}, {@link asBytes}), hands it to
 * {@link dispatch} with a function that sends one request by its client's own means, and holds no
 * policy. A service checks its options with the same words as the core.
 *
 * @module
 */
export { abortable, patiently } from './abort.ts'
export { apart } from './apart.ts'
export { asBytes, asGiven, atOnce, isStream, type Payload, piecesOf } from './body.ts'
export {
  type Begun,
  dispatch,
  type Outgoing,
  type Received,
  type Redirect,
  type Roads,
  type Sendable,
  straight,
} from './dispatch.ts'
export { base64 } from './encoding.ts'
export { advisoryWindow, checked } from './lifetime.ts'
export {
  assertOptions,
  assertSigner,
  type Check,
  functionOr,
  headerName,
  headerValue,
  isHeaderValue,
  milliseconds,
  nonEmpty,
  readSecret,
  secretSource,
  unexpected,
  wrong,
} from './options.ts'
export { foreign, isSecure, type Origins, originsOf, secureUrl } from './origin.ts'
export { discard, peek, readUpTo, textOf } from './read.ts'
export { recordOf, rewritten } from './record.ts'
export { place, scrub, sealed } from './redact.ts'
export { andThen, isPromise } from './signer.ts'
export {
  absolute,
  added,
  assertKept,
  assertSigned,
  followsByHand,
  type Hop,
  isRedirect,
  isRefusal,
  nextHop,
  refusedRedirect,
  type SignedOptions,
  signable,
  wireHref,
  wireUrl,
} from './wire.ts'
