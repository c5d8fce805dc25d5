import { adapterContract } from '@countersign/testing/contract'
import * as undici from 'undici'
import * as undici7 from 'undici-7'
import { describe } from 'vitest'
import { fetching, request, type Undici } from './client.ts'

const NODE = Number(process.versions.node.split('.')[0])

const home = 'a hop comes as a request of its own, which does not tell where the others were'
const msw = 'MSW does not see what a dispatcher sends: test against loopback'
const two = 'two services are two interceptors, each with origins of its own'
const cannot = {
  request: {
    '30g': home,
    '30z': home,
    '36b': two,
    '33h': 'undici hands out the redirect itself, and sends nothing more',
    '42b': '`undici.stream` is signed like any call: its 401 is answered too',
    '43': msw,
  },
  fetch: {
    '30g': home,
    '30z': home,
    '36b': two,
    '42': 'fetch has no stream of its own: the body of every response is one',
    '43': msw,
  },
}

describe.each([
  ['8', undici, 2_000],
  ['7', undici7 as unknown as Undici, 200],
])('undici %s', (_, library, randomRequests) => {
  adapterContract(request(library, cannot.request), { randomRequests })
  // Its way to the dispatcher is its own, and what the dispatcher does with a request is not.
  adapterContract(fetching('fetch', library, cannot.fetch), { randomRequests: 200 })
})

describe('the fetch of Node.js', () => {
  const { '43': _, ...others } = cannot.fetch
  adapterContract(
    fetching('global fetch', undici, others, {
      // Not the one of now: MSW has its own.
      fetch: (...args) => fetch(...args),
      // Up to Node.js 24, it talks to its dispatcher as undici 7 does.
      adapt: (dispatcher) => (NODE < 26 ? new undici.Dispatcher1Wrapper(dispatcher) : dispatcher),
    }),
    { randomRequests: 200 },
  )
})
