import { hmacVectors } from './support/hmac-vectors.ts'

hmacVectors()
