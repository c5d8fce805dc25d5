import { exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { jwtExpiry, privateKeyJwt } from '../src/jwt.ts'
import certificate from './vectors/certificate.json'

test.each(['ES256', 'RS256', 'PS256'])('signs with %s', async (alg) => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const forms = [privateKey, await exportJWK(privateKey), await exportPKCS8(privateKey)]
  for (const key of forms) {
    const auth = privateKeyJwt({ key, alg, certificate: certificate.pem })
    const { form } = await auth({
      clientId: 'app',
      tokenEndpoint: 'https://id.example/token',
      now: Date.now(),
    })
    const assertion = form?.client_assertion ?? ''
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey)
    expect(payload.aud).toBe('https://id.example/token')
    expect(protectedHeader['x5t#S256']).toBe(certificate['x5t#S256'])
    expect(jwtExpiry(assertion)).toBe((payload.exp ?? 0) * 1000)
  }
})
