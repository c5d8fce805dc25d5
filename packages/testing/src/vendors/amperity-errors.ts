import { randomUUID } from 'node:crypto'

/** Errors as Amperity words them. */
export interface AmperityErrors {
  problem(status: number, message: string): object
  refuse(status: number, message: string, headers?: Record<string, string>): Response
}

export function amperityErrors(): AmperityErrors {
  const problem = (status: number, message: string) => ({
    status,
    message,
    request_id: randomUUID(),
    trace_id: randomUUID().replaceAll('-', ''),
  })
  return {
    problem,
    refuse: (status, message, headers = {}) =>
      Response.json(problem(status, message), { status, headers }),
  }
}
