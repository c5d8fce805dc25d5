import { createCipheriv, createHash } from 'node:crypto'

/** An object of the bucket; its bytes are there when they are asked for. */
export interface StoredObject {
  readonly key: string
  readonly size: number
  /** In its quotes. */
  readonly etag: string
  /** Ms since the Unix epoch. */
  readonly lastModified: number
  bytes(start: number, end: number): Uint8Array<ArrayBuffer>
}

export interface ObjectStore {
  get(key: string): StoredObject | undefined
  /** Those with the prefix that come after another, in the order of their UTF-8 bytes. */
  keys(prefix: string, after: string): Iterable<string>
}

/** How many files there are of each day, or which: by name, their content or how long it is. */
export type ExportedObjects = number | Readonly<Record<string, string | Uint8Array | number>>

export interface ObjectsOptions {
  readonly objects: ExportedObjects
  /** The account's own, slash at the end. */
  readonly folder: string
  /** When all of it was written, ms since the Unix epoch: on the last of its days. */
  readonly now: number
}

const DAY = 86_400_000
const DAYS = 3
/** The vendor's partitions of a day; one has what is escaped in a URL, and what is in XML. */
const PARTITIONS = {
  decisions: ['experiment=20410805626', 'experiment=21156790582'],
  events: ['event=purchase', 'event=sign-up & save 50% + café'],
}
/** More files would need another form of name to be in order. */
const MOST = 100_000
/** An answer is made in memory. */
const LONGEST = 2 ** 30

/** What Optimizely has exported. @throws {TypeError} for a number that cannot be. */
export function exportedObjects(options: ObjectsOptions): ObjectStore {
  const { objects, folder, now } = options
  return typeof objects === 'number'
    ? ofDays(objects, folder, now)
    : ofNames(new Map(Object.entries(objects)), folder, now)
}

/** @see https://docs.developers.optimizely.com/experimentation-data/docs/enriched-events-data-specification */
function ofDays(count: number, folder: string, now: number): ObjectStore {
  if (!(Number.isInteger(count) && count >= 0 && count <= MOST)) {
    throw new TypeError(`objects takes 0 to ${MOST}, or the objects themselves, not ${count}`)
  }
  const days = Array.from({ length: DAYS }, (_, i) =>
    new Date(now - (DAYS - 1 - i) * DAY).toISOString().slice(0, 10),
  )
  const partitions = Object.entries(PARTITIONS).flatMap(([type, names]) =>
    days.flatMap((day) =>
      names.map((name, i) => ({
        prefix: `${folder}type=${type}/date=${day}/${name}/`,
        length: Math.ceil((count - i) / names.length),
      })),
    ),
  )
  const keyOf = (prefix: string, index: number) =>
    `${prefix}part-${String(index).padStart(5, '0')}.snappy.parquet`

  return {
    get(key) {
      const index = Number(/\/part-(\d{5})\./.exec(key)?.[1])
      const there = partitions.some(
        ({ prefix, length }) => index < length && keyOf(prefix, index) === key,
      )
      return there ? stored(key, now) : undefined
    },
    *keys(prefix, after) {
      for (const partition of partitions) {
        const among = partition.prefix.startsWith(prefix) || prefix.startsWith(partition.prefix)
        for (let index = 0; among && index < partition.length; index++) {
          const key = keyOf(partition.prefix, index)
          // In the order of UTF-8, too: no name here goes beyond U+D7FF.
          if (key.startsWith(prefix) && key > after) yield key
        }
      }
    },
  }
}

function ofNames(
  objects: ReadonlyMap<string, string | Uint8Array | number>,
  folder: string,
  now: number,
): ObjectStore {
  for (const [name, content] of objects) {
    const size = typeof content === 'number' ? content : 0
    if (!(Number.isInteger(size) && size >= 0 && size <= LONGEST)) {
      throw new TypeError(`objects: ${name} takes 0 to ${LONGEST} bytes, not ${size}`)
    }
  }
  const inOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  const keys = [...objects.keys()].map((name) => folder + name).toSorted(inOrder)

  return {
    get(key) {
      const content = key.startsWith(folder) ? objects.get(key.slice(folder.length)) : undefined
      return content === undefined ? undefined : stored(key, now, content)
    },
    keys: (prefix, after) =>
      keys.filter((key) => key.startsWith(prefix) && inOrder(key, after) > 0),
  }
}

function stored(key: string, now: number, content?: string | Uint8Array | number): StoredObject {
  const hash = createHash('sha256').update(key).digest()
  const given = content ?? 1024 + (hash.readUInt16BE() % 3072)
  return {
    key,
    size: typeof given === 'number' ? given : Buffer.byteLength(given),
    // Under KMS it is no hash of the content.
    etag: `"${hash.toString('hex', 0, 16)}"`,
    lastModified: Math.floor(now / 1000) * 1000,
    bytes: (start, end) =>
      typeof given === 'number'
        ? madeUp(hash, given, start, end)
        : Uint8Array.from(Buffer.from(given).subarray(start, end)),
  }
}

/** The marks of Parquet around a keystream: the same bytes each time, whichever part is asked for. */
function madeUp(seed: Buffer, size: number, start: number, end: number): Uint8Array<ArrayBuffer> {
  const block = Math.floor(start / 16)
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(block), 8)
  const cipher = createCipheriv('aes-256-ctr', seed, counter)
  const stream = cipher.update(new Uint8Array(end - block * 16))
  const bytes = Uint8Array.from(stream.subarray(start - block * 16))
  for (const [i, mark] of Buffer.from('PAR1').entries()) {
    for (const at of [i, size - 4 + i]) if (at >= start && at < end) bytes[at - start] = mark
  }
  return bytes
}
