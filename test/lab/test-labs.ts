// Which labs a test run works on: two side by side, or the one that INQUEST_LAB names.
const SIDE_BY_SIDE = 2;

/** Names of the labs of this test run; a test file has one of them to itself while it runs. */
export function testLabs(env: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  const named = env['INQUEST_LAB'];
  if (named !== undefined && named !== '') return [named];
  return Array.from({ length: SIDE_BY_SIDE }, (_, index) =>
    index === 0 ? 'default' : `default-${index + 1}`,
  );
}
