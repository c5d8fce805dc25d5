import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { type ClientAuth, OptionError, SigningError } from '@countersign/core'
import {
  jwtExpiry,
  type PrivateKey,
  privateKeyJwt,
  type PrivateKeyJwtOptions,
} from '@countersign/core/jwt'
import fc from 'fast-check'
import { importPKCS8, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import certificate from './vectors/certificate.json'

const NOW = Date.UTC(2026, 10, 21, 12) + 700
const SECONDS = Math.floor(NOW / 1000)

describe('jwtExpiry', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwt = (payload: unknown) => `${part({ alg: 'HS256' })}.${part(payload)}.c2lnbmF0dXJl`

  test.each([
    ['seconds', 1_795_263_015, 1_795_263_015_000],
    ['parts of seconds', 1_795_263_015.25, 1_795_263_015_250],
    ['a numeric string', '1795263015', 1_795_263_015_000],
    ['milliseconds by mistake', 1_795_263_015_000, 1_795_263_015_000],
    ['an ISO date by mistake', '2026-11-21T12:10:15Z', Date.UTC(2026, 10, 21, 12, 10, 15)],
    ['the past', 1, 1_000],
  ])('reads exp as %s', (_, exp, expected) => {
    expect(jwtExpiry(jwt({ exp }))).toBe(expected)
  })

  test('reads the first example of RFC 7519, §3.1', () => {
    const token =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    expect(jwtExpiry(token)).toBe(1_300_819_380_000)
  })

  test.each([
    ['none', {}],
    ['null', { exp: null }],
    ['a word', { exp: 'soon' }],
    ['no text', { exp: '' }],
    ['true', { exp: true }],
    ['an object', { exp: {} }],
    ['a list', { exp: [1_795_263_015] }],
    ['beyond numbers', { exp: '1e999' }],
  ])('takes an exp that is %s for none', (_, payload) => {
    expect(jwtExpiry(jwt(payload))).toBeUndefined()
  })

  test.each([
    ['an opaque token', '2YotnFZFEjr1zCsicMWpAA'],
    ['no text', ''],
    ['dots', '...'],
    ['a reference token with dots', 'ya29.a0AfH6SMB.x'],
    // The sample on the page of Angus.ai has a payload of this kind: base64url of no JSON.
    ['an undecodable payload', `${part({ alg: 'HS256' })}.eyJvcmlnX2lhdCI6MTQ5.c2lnbmF0dXJl`],
    ['a payload that is not base64', `${part({ alg: 'HS256' })}.{"exp":1}.c2lnbmF0dXJl`],
    ['a payload that is no object', jwt([1])],
    ['a payload of null', jwt(null)],
    ['an encrypted token', `${part({ alg: 'dir', enc: 'A128GCM' })}..iv.text.tag`],
    ['undefined', undefined],
    ['an object', {}],
  ])('takes %s for a token without an expiry', (_, token) => {
    expect(jwtExpiry(token as string)).toBeUndefined()
  })

  test('never throws, and never hands out what is no instant', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.jsonValue().map(jwt),
      fc.record({ exp: fc.oneof(fc.jsonValue(), fc.double()) }).map(jwt),
      fc.tuple(fc.base64String(), fc.base64String()).map(([a, b]) => `${a}.${b}.c`),
    )
    fc.assert(
      fc.property(anything, (token) => {
        expect(jwtExpiry(token)).toSatisfy((at) => at === undefined || Number.isFinite(at))
      }),
    )
  })
})

/** A key in every form in which it can be given, and its other half. */
interface Keys {
  publicKey: KeyObject
  forms: Record<string, PrivateKey>
}
const algorithms = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'] as const
const keys = {} as Record<(typeof algorithms)[number], Keys>

beforeAll(async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pairs = {
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    RS256: rsa,
    PS256: rsa,
    EdDSA: generateKeyPairSync('ed25519'),
  }
  for (const alg of algorithms) {
    const { privateKey, publicKey } = pairs[alg]
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    keys[alg] = {
      publicKey,
      forms: {
        PEM: pem,
        'PEM with line breaks of Windows': `\r\n${pem.replaceAll('\n', '\r\n')}`,
        'PEM beside its certificate': certificate.pem + pem,
        JWK: privateKey.export({ format: 'jwk' }) as PrivateKey,
        CryptoKey: await importPKCS8(pem, alg),
        KeyObject: privateKey,
      },
    }
  }
})

const client = { clientId: 'the client', tokenEndpoint: 'https://id.example/token', now: NOW }
const assertionOf = async (auth: ClientAuth) => (await auth(client)).form?.client_assertion ?? ''
const verified = (assertion: string, key: KeyObject) =>
  jwtVerify(assertion, key, { currentDate: new Date(NOW) })

describe('privateKeyJwt', () => {
  const forms = ['PEM', 'PEM with line breaks of Windows', 'PEM beside its certificate']
  const every = [...forms, 'JWK', 'CryptoKey', 'KeyObject']

  test.each(algorithms.flatMap((alg) => every.map((form) => [alg, form] as const)))(
    'signs with %s by a key that is a %s',
    async (alg, form) => {
      const { publicKey, forms } = keys[alg]
      const key = forms[form] as PrivateKey
      for (const given of [key, () => key, async () => key]) {
        const assertion = await assertionOf(privateKeyJwt({ key: given, alg }))
        const { payload, protectedHeader } = await verified(assertion, publicKey)
        expect(protectedHeader).toEqual({ alg, typ: 'JWT' })
        expect(payload.sub).toBe('the client')
      }
    },
  )

  const es256 = (changes: Partial<PrivateKeyJwtOptions> = {}) =>
    privateKeyJwt({ key: keys.ES256.forms.PEM as string, alg: 'ES256', ...changes })

  test('says who asks whom, for how long, and never the same twice', async () => {
    const auth = es256()
    const { form, headers } = await auth(client)
    expect(headers).toBeUndefined()
    expect(form).toEqual({
      client_id: 'the client',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.any(String),
    })
    const { payload } = await verified(form?.client_assertion ?? '', keys.ES256.publicKey)
    expect(payload).toEqual({
      iss: 'the client',
      sub: 'the client',
      aud: 'https://id.example/token',
      iat: SECONDS,
      nbf: SECONDS,
      exp: SECONDS + 300,
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
    })
    const again = await verified(await assertionOf(auth), keys.ES256.publicKey)
    expect(again.payload.jti).not.toBe(payload.jti)
  })

  test('takes an audience, a lifetime and a key id', async () => {
    const auth = es256({ audience: 'https://id.example', lifetime: 60_999, kid: 'k1' })
    const { payload, protectedHeader } = await verified(
      await assertionOf(auth),
      keys.ES256.publicKey,
    )
    expect(payload).toMatchObject({ aud: 'https://id.example', exp: SECONDS + 60 })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k1' })
  })

  test('may be good for one second', async () => {
    const assertion = await assertionOf(es256({ lifetime: 1_000 }))
    const { payload } = await verified(assertion, keys.ES256.publicKey)
    expect(payload.exp).toBe(SECONDS + 1)
  })

  test('reads a key from a function for each assertion', async () => {
    const { forms, publicKey } = keys.ES256
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const handedOut = [forms.PEM, other.privateKey] as PrivateKey[]
    const auth = es256({ key: () => handedOut.shift() as PrivateKey })
    await expect(verified(await assertionOf(auth), publicKey)).resolves.toBeDefined()
    await expect(verified(await assertionOf(auth), other.publicKey)).resolves.toBeDefined()
  })

  describe('names the key by its certificate', () => {
    const { pem, x5t, 'x5t#S256': x5tS256 } = certificate

    test.each([
      ['ES256', { 'x5t#S256': x5tS256 }],
      ['PS256', { 'x5t#S256': x5tS256 }],
      ['RS256', { 'x5t#S256': x5tS256, x5t }],
    ] as const)('for %s', async (alg, names) => {
      const { forms, publicKey } = keys[alg]
      const auth = privateKeyJwt({ key: forms.PEM as string, alg, certificate: pem })
      const { protectedHeader } = await verified(await assertionOf(auth), publicKey)
      expect(protectedHeader).toEqual({ alg, typ: 'JWT', ...names })
    })

    test('which is the first of a chain, with text around it', async () => {
      const chain = `subject=CN=countersign test\r\n${pem.replaceAll('\n', '\r\n')}${pem.replace('MIIB', 'AAAA')}`
      const { protectedHeader } = await verified(
        await assertionOf(es256({ certificate: chain, kid: 'k1' })),
        keys.ES256.publicKey,
      )
      expect(protectedHeader).toMatchObject({ kid: 'k1', 'x5t#S256': x5tS256 })
    })
  })

  describe('refuses when it is built', () => {
    const cases: [string, string, () => unknown][] = [
      ['alg', 'no algorithm', () => ({ alg: undefined })],
      ['alg', 'one of shared secrets', () => ({ alg: 'HS256' })],
      ['alg', 'none', () => ({ alg: 'none' })],
      ['alg', 'one by another name', () => ({ alg: 'es256' })],
      ['alg', 'one with more before it', () => ({ alg: 'the ES256' })],
      ['alg', 'one with more behind it', () => ({ alg: 'ES256K' })],
      ['alg', 'a list', () => ({ alg: ['ES256'] })],
      ['key', 'no key', () => ({ key: undefined })],
      ['key', 'null', () => ({ key: null })],
      ['key', 'no text', () => ({ key: '' })],
      ['key', 'a shared secret', () => ({ key: 'a shared secret' })],
      ['key', 'a number', () => ({ key: 1 })],
      ['key', 'a public PEM', () => ({ key: publicPem() })],
      ['key', 'a PEM of the older form', () => ({ key: oldPem() })],
      ['key', 'an encrypted PEM', () => ({ key: encryptedPem() })],
      ['key', 'a public JWK', () => ({ key: keys.ES256.publicKey.export({ format: 'jwk' }) })],
      ['key', 'a secret JWK', () => ({ key: { kty: 'oct', k: 'AAAA', d: 'x' } })],
      ['key', 'a JWK of no kind', () => ({ key: { d: 'x' } })],
      ['key', 'a public KeyObject', () => ({ key: keys.ES256.publicKey })],
      ['certificate', 'no PEM', () => ({ certificate: 'MIIB' })],
      ['certificate', 'no base64', () => ({ certificate: certificate.pem.replace('M', '=') })],
      ['certificate', 'bytes', () => ({ certificate: new Uint8Array(3) })],
      ['kid', 'no text', () => ({ kid: '' })],
      ['audience', 'a list', () => ({ audience: ['a'] })],
      ['lifetime', 'seconds', () => ({ lifetime: 300 })],
      ['lifetime', 'a text', () => ({ lifetime: '5m' })],
      ['lifetime', 'what is no number', () => ({ lifetime: Number.NaN })],
    ]
    test.each(cases)('%s: %s', (option, _, changes) => {
      const build = () => es256(changes() as Partial<PrivateKeyJwtOptions>)
      expect(build).toThrow(OptionError)
      expect(build).toThrow(
        expect.objectContaining({
          option,
          message: expect.stringMatching(RegExp(`^${option} takes `)),
        }),
      )
    })

    test('an empty text, which may come from an empty variable, as what it is', () => {
      expect(() => es256({ key: '' })).toThrow('key takes a private key, not an empty string')
    })

    test('nothing at all', () => {
      expect(() => privateKeyJwt(undefined as unknown as PrivateKeyJwtOptions)).toThrow(OptionError)
    })

    test('and says how an older key becomes a newer one', () => {
      expect(() => es256({ key: oldPem() })).toThrow(/openssl pkcs8 -topk8 -nocrypt/)
    })

    const publicPem = () => keys.ES256.publicKey.export({ type: 'spki', format: 'pem' })
    const oldPem = () => sec1().export({ type: 'sec1', format: 'pem' }) as string
    const encryptedPem = () =>
      sec1().export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' })
    const sec1 = () => createPrivateKey(keys.ES256.forms.PEM as string)
  })

  describe('fails when it is used', () => {
    test.each([
      ['a key of another kind', () => keys.RS256.forms.PEM],
      [
        'a PEM that is broken',
        () => '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      ],
      [
        'a PEM that is no base64',
        () => '-----BEGIN PRIVATE KEY-----\nä\n-----END PRIVATE KEY-----',
      ],
      ['a JWK of another kind', () => keys.RS256.forms.JWK],
      ['a JWK that is broken', () => ({ kty: 'EC', crv: 'P-256', d: 'x' })],
      ['a CryptoKey of another kind', () => keys.RS256.forms.CryptoKey],
      ['a KeyObject of another kind', () => keys.RS256.forms.KeyObject],
    ])('with %s', async (_, key) => {
      for (const given of [key() as PrivateKey, () => key() as PrivateKey]) {
        const error = await Promise.resolve(es256({ key: given })(client)).catch((e) => e)
        expect(error).toBeInstanceOf(SigningError)
        expect(error).toMatchObject({
          code: 'invalid-secret',
          message: expect.stringMatching(/^`key` cannot sign with ES256: /),
        })
        const body = String(keys.RS256.forms.PEM).split('\n')[3] as string
        expect(inspect(error, { depth: null, showHidden: true })).not.toContain(body)
      }
    })

    test('with a function that hands out no key', async () => {
      for (const wrong of ['', undefined, 'a shared secret', keys.ES256.publicKey]) {
        const failed = es256({ key: async () => wrong as PrivateKey })(client)
        await expect(failed).rejects.toMatchObject({
          name: 'SigningError',
          code: 'invalid-secret',
          message: expect.stringMatching(/key takes /),
        })
      }
    })

    test('with the failure of the vault, as it is', async () => {
      const failure = new Error('the vault is sealed')
      await expect(es256({ key: () => Promise.reject(failure) })(client)).rejects.toBe(failure)
    })
  })
})
