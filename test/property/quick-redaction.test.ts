import fc from 'fast-check';
import { expect, it } from 'vitest';
import { replaceChunks } from '../../src/bundle/redaction/chunks.ts';
import { mayHoldToken } from '../../src/bundle/redaction/known.ts';

/** What the quick ways must equal: the same said in one pattern. */
const CHUNK =
  // eslint-disable-next-line no-control-regex -- colours of logs begin with ESC.
  /(?:[\\%0-9A-Za-z\u0080-\uffff\x1b]|::(?=[0-9A-Fa-f]))[^\s"]*/g;
const HINT =
  /A[KSBC][ISCA]A|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|ptt|ft|agent|cbt|imt|oas|soat|ffct)-|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|whsec_|npm_|pypi-|AIza|ya29\.|GOCSPX|SG\.|SK[0-9a-f]{8}|do[opr]_v1_|hv[sbr]\.|\.atlasv1|\bsk-|(?:[nrtm]|%..)sk-|dckr_|AGE-SECRET|dapi[0-9a-f]|shp[a-z]{2}_|gl(?:sa|c)_|NRAK-|lin_api_|hf_|:AA|Q~|hooks\.slack/;

const BLANKS = ['\u0020', '\t', '\n', '\u00a0', '\u2028', '\ufeff', '\u3000', '\u001b[31m', '\u007f'];
const WORDS = '" : :: ::1 \\ %2 ä 木 😀 { }, web-1 10.0.0.1 = / - . _'.split(' ');
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...BLANKS, ...WORDS),
      fc.string({ maxLength: 5, unit: 'binary' }),
      fc.string({ maxLength: 5 }),
    ),
  )
  .map((parts) => parts.join(''));

it('chunks read by hand are those of the pattern', () => {
  fc.assert(
    fc.property(text, fc.func(fc.boolean()), (whole, changes) => {
      const byPattern = whole.replace(CHUNK, (chunk) => (changes(chunk) ? `<${chunk}>` : chunk));
      expect(replaceChunks(whole, (chunk) => (changes(chunk) ? `<${chunk}>` : undefined))).toBe(byPattern);
    }),
    { numRuns: 1000 },
  );
});

/** Pieces of beginnings of tokens, so that whole ones and near misses are drawn often. */
const PIECES =
  'A K S B C I IA CA gh p o u s r _ - . github pat gl dt rt ptt ft agent cbt imt oas soat ffct xo x xapp k live test ' +
  'whsec npm pypi Iza ya29 GOCSPX SG SK 0123 abcd do v1 hv atlasv1 sk n % 2F dckr AGE SECRET dapi shp at sa c NRAK lin ' +
  'api hf : AA Q ~ hooks slack';
const pieces = fc
  .array(fc.constantFrom('\n', '\u0020', ...PIECES.split(' ')), { maxLength: 8 })
  .map((parts) => parts.join(''));

it('a text that may hold a token is told as the one pattern of all beginnings tells it', () => {
  fc.assert(
    fc.property(pieces, (whole) => {
      expect(mayHoldToken(whole)).toBe(HINT.test(whole));
    }),
    { numRuns: 20_000 },
  );
});

const BEGINNINGS =
  'AKIA ASIA ABIA ACCA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glptt- glft- glagent- glcbt- glimt- gloas- ' +
  'glsoat- glffct- xoxb- xapp- sk_live_ rk_test_ whsec_ npm_ pypi- AIza ya29. GOCSPX SG. SK01234567 dop_v1_ doo_v1_ ' +
  'dor_v1_ hvs. hvb. hvr. .atlasv1 sk- \\nsk- %20sk- dckr_ AGE-SECRET dapi0 shpat_ glsa_ glc_ NRAK- lin_api_ hf_ :AA Q~ ' +
  'hooks.slack';

it('each beginning is seen alone and amid others', () => {
  const unseen = BEGINNINGS.split(' ').filter(
    (beginning) => !mayHoldToken(beginning) || !mayHoldToken(`{"a": "${beginning}x"}`),
  );
  expect(unseen).toEqual([]);
  expect(mayHoldToken('{"metadata":{"name":"web-0","labels":{"a_b":"c.d"}}}')).toBe(false);
});
