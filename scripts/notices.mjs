/** The licences of the libraries that are bundled: who they are, under which terms, and the texts that must go with them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Terms (SPDX) that let everybody pass a bundle on, as long as the texts go with it. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];

/** The folder of the library that a file belongs to; in a library's own `node_modules` the innermost one. */
const LIBRARY = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The libraries of which something is in what esbuild wrote, in the order of their names. `root` is the folder of the
 * project.
 * @throws Error a library may not be bundled, or brings no text of its licence
 */
export function bundledPackages(root, metafiles) {
  const folders = new Set();
  for (const output of metafiles.flatMap(({ outputs }) => Object.values(outputs)))
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs))
      if (bytesInOutput > 0) folders.add(LIBRARY.exec(file)?.[0]);
  folders.delete(undefined);
  const packages = [...folders].map((folder) => readPackage(root, folder));
  const unique = new Map(packages.map((each) => [nameOf(each), each]));
  return [...unique.keys()].sort().map((name) => unique.get(name));
}

function readPackage(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const refuse = (why) => {
    throw new Error(`${name} ${version} cannot be bundled: ${why}`);
  };
  if (!ALLOWED.includes(license))
    refuse(`its licence "${license}" is not one of ${ALLOWED.join(', ')}. Use another library.`);
  const files = readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => join(root, folder, file));
  // The text of Apache-2.0 names nobody, so that of this project is as good as one of theirs.
  if (files.length === 0 && license === 'Apache-2.0') files.push(join(root, 'LICENSE'));
  if (files.length === 0) refuse('it has no text of its licence (LICENSE, COPYING). Use another library.');
  const texts = files.sort().map((file) => readFileSync(file, 'utf8'));
  return { name, version, license, text: texts.map(plainText).join('\n\n') };
}

/** Without what editors leave: ends of lines as on Windows, blanks at them, empty lines around the text. */
function plainText(text) {
  return text
    .replace(/\r/g, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');
}

const nameOf = ({ name, version }) => `${name} ${version}`;

/** One page: each text once, below the libraries that it is for. */
export function noticesText(packages) {
  const byText = new Map();
  for (const each of packages) byText.set(each.text, [...(byText.get(each.text) ?? []), each]);
  const head =
    'These libraries of others are part of the programs of fdl. Each is used under the terms that stand below it.';
  const sections = [...byText].map(
    ([text, those]) =>
      `${those.map((each) => `- ${nameOf(each)} (${each.license})`).join('\n')}\n\n${text}\n`,
  );
  return [`${head}\n`, ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}

/** The same page as a comment, for a program that travels alone. */
export function noticesComment(packages) {
  return `/*\n${noticesText(packages).replaceAll('*/', '* /')}*/\n`;
}
