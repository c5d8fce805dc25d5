import config from '../../tsdown.shared.ts'

// A command has no exports: nobody imports it.
export default config(['src/main.ts'], { dts: false, exports: false })
