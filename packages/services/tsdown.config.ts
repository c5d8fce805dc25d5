import config from '../../tsdown.shared.ts'

export default config([
  'src/optimizelyEvents.ts',
  'src/kalibrate.ts',
  'src/amperity.ts',
  'src/angus.ts',
  'src/optimizelyDxp.ts',
])
