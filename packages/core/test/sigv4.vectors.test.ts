import { sigv4Vectors } from './support/sigv4-vectors.ts'

sigv4Vectors()
