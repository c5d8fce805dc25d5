import config from '../../tsdown.shared.ts'

export default config(['src/main.ts'])
