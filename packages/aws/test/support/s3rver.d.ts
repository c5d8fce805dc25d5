declare module '@20minutes/s3rver' {
  import type { RequestListener } from 'node:http'
  import type { Readable } from 'node:stream'

  interface StoredObject {
    readonly bucket: string
    readonly key: string
    readonly content: Readable
    readonly metadata: object
  }
  export default class S3rver {
    constructor(options: {
      directory: string
      silent?: boolean
      configureBuckets?: { name: string }[]
    })
    readonly store: { putObject(object: StoredObject): Promise<unknown> }
    configureBuckets(): Promise<unknown>
    callback(): RequestListener
  }
}

declare module '@20minutes/s3rver/lib/models/account.js' {
  const account: { DUMMY_ACCOUNT: { createKeyPair(id: string, secret: string): void } }
  export default account
}
