import config from '../../tsdown.shared.ts'

/** What entries share, but for what hashes, with the library that it needs where there is no `node:crypto`. */
const SHARED = /\/src\/(?!clock|digest|hmac|slices|sigv4|target)[\w-]+\.ts$/

export default config(['src/index.ts', 'src/hmac.ts', 'src/jwt.ts', 'src/kit.ts', 'src/sigv4.ts'], {
  outputOptions: {
    chunkFileNames: '[name].js',
    comments: { jsdoc: false },
    // Together: to load each file more costs a process that begins half a millisecond.
    codeSplitting: { groups: [{ name: 'shared', test: SHARED, minShareCount: 2 }] },
  },
})
