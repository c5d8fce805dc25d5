import config from '../../tsdown.shared.ts'

export default config([
  'src/index.ts',
  'src/contract.ts',
  'src/faults.ts',
  'src/msw.ts',
  'src/server.ts',
])
