/** Scripts of `contract/redis`, put in as text when the package is built. */
declare module '*.lua' {
  const source: string
  export default source
}
