/**
 * A server on loopback whose connections break as connections do.
 *
 * @module
 */
export {
  type Fate,
  type FaultyArrival,
  type FaultyConnection,
  type FaultyOptions,
  type FaultyServer,
  faulty,
} from './faulty.ts'
export { type WireFault, wireFaults } from './wire-fault.ts'
