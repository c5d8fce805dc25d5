import type { S3Location } from '@countersign/services/optimizelyEvents'
import { answered, check } from './expect.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
}

type Folder = Pick<S3Location, 'bucket' | 'prefix'>

/** The vendor's bucket, in plain HTTP. */
export interface Bucket {
  /** The keys in a folder, as many as there are on a page. */
  list(folder: Folder): Promise<readonly string[]>
  /** How S3 denies that list. */
  denied(folder: Folder): Promise<string>
  /** How long a file is, once it is here. */
  download(folder: Folder, key: string): Promise<number>
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function bucketOf(send: (url: string) => Promise<Response>, endpoint: string): Bucket {
  const base = endpoint.replace(/\/$/, '')
  const listed = async ({ bucket, prefix }: Folder, status: number) => {
    const query = `list-type=2&prefix=${encodeURIComponent(prefix)}`
    const { body } = await answered(send(`${base}/${bucket}?${query}`), status)
    return String(body)
  }

  return {
    async list(folder) {
      const text = await listed(folder, 200)
      return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = '']) =>
        key.replace(/&(amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] as string),
      )
    },
    async denied(folder) {
      const text = await listed(folder, 403)
      const [, code = 'no code', message] = /<Code>(\w+)<\/Code><Message>([^<]+)/.exec(text) ?? []
      check(code === 'AccessDenied', 'AccessDenied', code)
      return `${code}: ${message}`
    },
    async download({ bucket }, key) {
      const path = key.split('/').map(encodeURIComponent).join('/')
      const response = await send(`${base}/${bucket}/${path}`)
      const { byteLength } = await response.arrayBuffer()
      check(response.status === 200, '200', `${response.status}`)
      return byteLength
    },
  }
}
