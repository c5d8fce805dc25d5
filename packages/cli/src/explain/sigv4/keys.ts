import { type AwsMistake, chained, type Draft, hmac } from './draft.ts'
import { attempt, mistake, type Scene } from './mistake.ts'

const KEY =
  'derive the key from AWS4 and the secret: by HMAC over day, region, service and aws4_request'
const SCOPE = 'derive it for the very scope that stands in the header'

/** The usual ways to derive another key. */
export function keyMistakes({ accessKeyId }: Scene): AwsMistake[] {
  const key = (what: string, make: Draft['key'], advice = KEY) =>
    mistake('key', what, advice, () => ({ key: make }))
  const secret = (what: string, make: (secret: string) => string, advice = KEY) =>
    key(what, (draft) => chained(`AWS4${make(draft.secret)}`, draft), advice)
  return [
    key('the secret without AWS4 before it', (draft) => chained(draft.secret, draft)),
    key('the secret itself as the key', (draft) => Buffer.from(draft.secret)),
    key('AWS4 and the secret as the key', (draft) => Buffer.from(`AWS4${draft.secret}`)),
    key('a key that was passed on in hex', ({ day, region, service, end, secret: own }) =>
      [day, region, service, end].reduce<Buffer>(
        (last, step) => Buffer.from(hmac(last, step).toString('hex')),
        Buffer.from(`AWS4${own}`),
      ),
    ),
    key('a key that lacks aws4_request', ({ day, region, service, secret: own }) =>
      [day, region, service].reduce<Buffer>(hmac, Buffer.from(`AWS4${own}`)),
    ),
    key(
      'a key in another order: region, day, service',
      ({ day, region, service, end, secret: own }) =>
        [region, day, service, end].reduce<Buffer>(hmac, Buffer.from(`AWS4${own}`)),
    ),
    secret('the secret and a line break', (own) => `${own}\n`, 'take the line break away'),
    secret('the access key in place of the secret', () => accessKeyId),
    secret(
      'the secret unescaped as in a URL',
      (own) => attempt(() => decodeURIComponent(own.replaceAll('+', ' '))) ?? own,
    ),
    secret('the secret escaped as in a URL', encodeURIComponent),
    secret('no secret', () => '', 'see that the secret gets there'),
    ...['us-east-1', 'eu-west-1', 'us-west-2', 'us-east-2', 'eu-central-1', ''].map((region) =>
      key(
        `a key for the region ${region || '(none)'}`,
        (draft) => chained(`AWS4${draft.secret}`, { ...draft, region }),
        SCOPE,
      ),
    ),
    ...['s3', 'execute-api', 'iam', 'sts'].map((service) =>
      key(
        `a key for the service ${service}`,
        (draft) => chained(`AWS4${draft.secret}`, { ...draft, service }),
        SCOPE,
      ),
    ),
    ...[-1, 1].map((days) =>
      key(
        `a key for the day ${days < 0 ? 'before' : 'after'}`,
        (draft) => chained(`AWS4${draft.secret}`, { ...draft, day: moved(draft.day, days) }),
        `${SCOPE}: days are those of UTC`,
      ),
    ),
  ]
}

function moved(day: string, by: number): string {
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(day) ?? []
  const moved = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date) + by))
  return Number.isNaN(moved.getTime()) ? day : moved.toISOString().slice(0, 10).replaceAll('-', '')
}
