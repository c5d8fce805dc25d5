import { privateKeyJwt } from '@countersign/core/jwt'
import { kalibrate, type KalibrateOptions } from '@countersign/services/kalibrate'
import { optionsFrom } from '../env.ts'
import { answered, check, failure, lifetime, Skip } from './expect.ts'
import type { Demo } from './step.ts'

const QUERY = '?query=(a=b)+(limit=1)'

export const kalibrateDemo: Demo = {
  service: 'kalibrate',
  steps(stage) {
    const { house, seams } = stage
    const options = stage.keep<KalibrateOptions>(
      house?.options.kalibrate ?? optionsFrom('kalibrate', stage.env),
    )
    const signer = kalibrate({ ...options, ...seams })
    const api = stage.signed(signer)
    const status = () => answered(api(`${signer.baseUrl}/api/status`))

    return [
      {
        title: 'obtain a token, and call',
        requests: [1, 1],
        async run() {
          await status()
          return `200, ${lifetime(stage.expiresAt, seams.now())}`
        },
      },
      {
        title: 'call again',
        requests: [0, 1],
        async run() {
          const { authorization } = stage.last
          await status()
          check(stage.last.authorization === authorization, 'the same token', 'another token')
          return '200, the same token'
        },
      },
      {
        title: 'a query with a literal +',
        requests: [0, 1],
        async run() {
          // A real host knows no such column, but will have understood the request.
          const understood = house ? [200] : [200, 400, 404]
          const call = api(`${signer.baseUrl}/api/site${QUERY}`)
          const { status } = await answered(call, ...understood)
          const wire = house?.sandbox.requests.at(-1)?.target ?? stage.last.url
          check(wire.endsWith(`/api/site${QUERY}`), QUERY, wire)
          return { result: `${status}, sent as written`, note: QUERY }
        },
      },
      {
        title: 'the token is revoked',
        requests: [1, 2],
        async run() {
          stage.revoke()
          await status()
          return '401, a new token, 200'
        },
      },
      {
        title: 'the token has expired',
        requests: [1, 1],
        async run() {
          stage.expire()
          await status()
          return 'a new token, 200'
        },
      },
      {
        title: 'a certificate, no secret',
        requests: [1, 1],
        sandboxOnly: true,
        async run() {
          if (!house?.certificate) throw new Skip('sandbox only')
          const { clientSecret: _, ...client } = house.options.kalibrate
          const { key, pem } = house.certificate
          const clientAuth = privateKeyJwt({ key, alg: 'PS256', certificate: pem })
          const certified = kalibrate({ ...client, ...seams, clientAuth })
          await answered(stage.signed(certified)(`${certified.baseUrl}/api/status`))
          return '200, by private_key_jwt'
        },
      },
      {
        title: 'the user agent of a client',
        requests: [0, 0],
        async run() {
          const build = () => kalibrate({ ...options, userAgent: 'axios/1.21.1' })
          return { result: 'refused when built', note: await failure(build, 'invalid-option') }
        },
      },
      {
        title: 'a wrong secret',
        requests: [1, 0],
        async run() {
          const clientSecret = stage.spoil(options.clientSecret)
          const wrong = kalibrate({ ...options, ...seams, clientSecret } as KalibrateOptions)
          const call = () => stage.signed(wrong)(`${wrong.baseUrl}/api/status`)
          return { result: 'refused', note: await failure(call, 'exchange-refused') }
        },
      },
    ]
  },
}
