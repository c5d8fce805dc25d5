import config from '../../tsdown.shared.ts'

export default config(['src/index.ts'])
