import { amperityDemo } from './amperity.ts'
import { angusDemo } from './angus.ts'
import { kalibrateDemo } from './kalibrate.ts'
import { optimizelyDxpDemo } from './optimizely-dxp.ts'
import { optimizelyEventsDemo } from './optimizely-events.ts'
import type { Demo } from './step.ts'

/** One for each service, in the order in which they are gone through. */
export const demos: readonly Demo[] = [
  optimizelyEventsDemo,
  kalibrateDemo,
  amperityDemo,
  angusDemo,
  optimizelyDxpDemo,
]
