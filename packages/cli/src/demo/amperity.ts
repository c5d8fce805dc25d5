import type { AmperityOptions } from '@countersign/services/amperity'
import { optionsFrom } from '../env.ts'
import { issuerSteps, oauthSteps, tokenSteps } from './amperity-ways.ts'
import type { Stage } from './stage.ts'
import type { Demo, Step } from './step.ts'

/** The three ways to a token; before a real host, the one that the environment has. */
export const amperityDemo: Demo = {
  service: 'amperity',
  steps(stage) {
    const { house } = stage
    if (!house) return stepsOf(stage, stage.keep(optionsFrom('amperity', stage.env)))
    const { amperityToken, amperityOAuth, amperity } = house.options
    return [amperityToken, amperityOAuth, amperity].flatMap((options) =>
      stepsOf(stage, stage.keep(options)),
    )
  },
}

function stepsOf(stage: Stage, options: AmperityOptions): readonly Step[] {
  if (options.token !== undefined) return tokenSteps(stage, options)
  if (options.issuer !== undefined) return issuerSteps(stage, options)
  return oauthSteps(stage, options)
}
