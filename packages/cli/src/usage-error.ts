/** The command was called wrongly: one line for the user, and exit code 2. */
export class UsageError extends Error {
  static {
    this.prototype.name = 'UsageError'
  }
}
