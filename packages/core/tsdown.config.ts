import config from '../../tsdown.shared.ts'

export default config(['src/index.ts', 'src/hmac.ts', 'src/jwt.ts', 'src/kit.ts', 'src/sigv4.ts'])
