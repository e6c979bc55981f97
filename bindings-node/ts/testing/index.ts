/**
 * For tests, the host's own included: a clock that stands still, a pretend phone, and the kits that every storage and every
 * driver must pass.
 *
 * @module
 */
export { type Clock, VirtualClock } from './clock.ts'
export {
  type DrivenBy,
  type DriverLaw,
  type DriverParts,
  driverKit,
  driverLaws,
  type MakeDriver,
} from './driver-kit.ts'
export { enroll, proof } from './enroll.ts'
export { type ExampleEvent, exampleEvent } from './example.ts'
export { type Fault, type FaultyOptions, FaultyStorage, OrderedFailure } from './faulty.ts'
export type { PhoneAlgorithm } from './otp.ts'
export { FakePhone, type PhoneSettings } from './phone.ts'
export { type StorageLaw, type StorageUnderTest, storageKit, storageLaws } from './storage-kit.ts'
