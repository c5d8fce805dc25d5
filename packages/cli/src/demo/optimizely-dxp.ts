import { optimizelyDxp, type OptimizelyDxpOptions } from '@countersign/services/optimizelyDxp'
import { optionsFrom, valueOf } from '../env.ts'
import { answered, check, failure, refusal } from './expect.ts'
import type { Demo } from './step.ts'

const TEN_MINUTES = 600_000
const MADE_UP = '8ad8cc5b-0c49-4b79-8ebd-6451465a92c2'

export const optimizelyDxpDemo: Demo = {
  service: 'optimizely-dxp',
  steps(stage) {
    const { house, seams, env } = stage
    const options = stage.keep<OptimizelyDxpOptions>(
      house?.options.optimizelyDxp ?? optionsFrom('optimizely-dxp', env),
    )
    const project = house ? undefined : valueOf('OPTIMIZELY_DXP_PROJECT', env)
    const signer = optimizelyDxp({ ...options, ...seams })
    const deployments = `${signer.baseUrl}/projects/${project ?? MADE_UP}/deployments`
    const api = stage.signed(signer)
    const behind = () => seams.now() - TEN_MINUTES
    const late = stage.signed(optimizelyDxp({ ...options, ...seams, now: behind }))
    // That a made-up project does not exist says nothing against the signature.
    const accepted = house || project ? [200] : [200, 400, 403, 404]
    const list = async (send: typeof api) => (await answered(send(deployments), ...accepted)).status

    return [
      {
        title: 'list deployments',
        requests: [0, 1],
        run: async () => `${await list(api)}`,
      },
      {
        title: 'list them again',
        requests: [0, 1],
        async run() {
          const { authorization } = stage.last
          const status = await list(api)
          check(stage.last.authorization !== authorization, 'a new signature', 'the same one')
          return `${status}, signed anew`
        },
      },
      {
        title: 'start a deployment',
        requests: [0, 1],
        sandboxOnly: true,
        async run() {
          const json = { targetEnvironment: 'Preproduction', sourceEnvironment: 'Integration' }
          const { body } = await answered(
            api(deployments, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(json),
            }),
          )
          return `200, ${(body as { result: { status: string } }).result.status}`
        },
      },
      {
        title: 'a clock ten minutes slow',
        requests: [0, 2],
        run: async () => `401, learned from, ${await list(late)}`,
      },
      {
        title: 'the same clock again',
        requests: [0, 1],
        run: async () => `${await list(late)} at once`,
      },
      {
        title: 'a header used twice',
        requests: [0, 1],
        run: async () => ({ result: '401', note: await refusal(stage.replay()) }),
      },
      {
        title: 'a wrong secret',
        requests: [0, 1],
        async run() {
          const secret = stage.spoil(options.secret)
          const wrong = stage.signed(optimizelyDxp({ ...options, ...seams, secret }))
          return { result: '401', note: await refusal(wrong(deployments)) }
        },
      },
      {
        title: 'a secret not in base64',
        requests: [0, 0],
        async run() {
          const build = () => optimizelyDxp({ ...options, secret: 'not base64' })
          return { result: 'refused when built', note: await failure(build, 'invalid-option') }
        },
      },
      {
        title: 'the key is revoked',
        requests: [0, 1],
        sandboxOnly: true,
        async run() {
          stage.revoke()
          return { result: '401', note: await refusal(api(deployments)) }
        },
      },
    ]
  },
}
