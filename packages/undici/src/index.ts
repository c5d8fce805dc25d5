export { type SignedCall, type SignedDispatcherOptions, signed } from './signed.ts'
