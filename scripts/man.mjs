/** Manual pages, made from the catalog of commands. Rule: man(7) of groff. */

/** Text as roff takes it: no backslash is an escape, no hyphen a dash, and no line a request. */
const roff = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '\\&...')
    .replace(/^(?=[.'])/gm, '\\&');

/** A page has a name in capitals, its section, no date (it would change every page), and whose it is. */
const head = (name, version) => [
  `.TH "${name.toUpperCase()}" 1 "" "fdl ${version}" "fdl manual"`,
  // Words are not cut, nor pushed to both margins.
  '.nh',
  '.ad l',
];

const section = (title, lines) => (lines.length > 0 ? [`.SH ${title}`, ...lines] : []);
const entry = (term, text) => ['.TP', term, ...text];
const bold = (text) => `\\fB${roff(text)}\\fR`;

/** `-o, --output <dir>`: names are bold, and what stands for something is slanted. */
const flags = (text) =>
  text
    .split(/(<[^>]+>)/)
    .map((part) => (part.startsWith('<') ? `\\fI${roff(part.slice(1, -1))}\\fR` : bold(part)))
    .join('');

function optionEntry({ flags: names, description, choices, default: standard }) {
  const values = choices ? [`One of ${choices.join(', ')}${standard ? ` (default ${standard})` : ''}.`] : [];
  return entry(flags(names), [`${sentence(description)}`, ...values.map(roff)]);
}

const sentence = (text) => roff(`${text[0].toUpperCase()}${text.slice(1)}${/\.$/.test(text) ? '' : '.'}`);

const examples = (lines) =>
  lines.flatMap(([line, what], index) => [
    ...(index === 0 ? [] : ['.PP']),
    sentence(what),
    '.PP',
    '.EX',
    `    ${roff(line)}`,
    '.EE',
  ]);

/** Pages that a reader goes on to; the last one has no comma behind it. */
const also = (names) => {
  const pages = ['fdl', ...names];
  return pages.map(
    (name, index) => `.BR ${name.replaceAll('-', '\\-')} (1)${index < pages.length - 1 ? ' ,' : ''}`,
  );
};

/** The page of one command, and one of each command below it. */
function commandPages(spec, version, above = 'fdl') {
  const { name, arguments: args, argumentHelp, summary, options, subcommands = [] } = spec;
  const called = `${above} ${name}`;
  const page = called.replaceAll(' ', '-');
  const words = (args ?? '').split(' ').filter(Boolean);
  const below = subcommands.map((each) => `${page}-${each.name}`);
  const help = { flags: '-h, --help', description: 'show help' };
  const lines = [
    ...head(page, version),
    ...section('NAME', [`${roff(page)} \\- ${roff(summary)}`]),
    ...section('SYNOPSIS', [
      `${bold(called)} ${subcommands.length > 0 ? '[\\fIcommand\\fR] ' : ''}[\\fIoptions\\fR]${words.map((word) => ` ${roff(word)}`).join('')}`,
    ]),
    ...section(
      'ARGUMENTS',
      words.flatMap((word, index) => entry(roff(word), [sentence(argumentHelp?.[index] ?? 'see below')])),
    ),
    ...section(
      'COMMANDS',
      subcommands.flatMap((each) => entry(bold(`${called} ${each.name}`), [sentence(each.summary)])),
    ),
    ...section('OPTIONS', [...options, help].flatMap(optionEntry)),
    ...section('EXAMPLES', examples(spec.examples)),
    ...section('SEE ALSO', also([...(above === 'fdl' ? [] : [above.replaceAll(' ', '-')]), ...below])),
  ];
  return [[`man/${page}.1`, lines], ...subcommands.flatMap((each) => commandPages(each, version, called))];
}

const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'the operation failed or was declined'],
  ['2', 'the command line or the FDL file is wrong'],
  ['3', 'fdl plan --detailed-exitcode found changes'],
  ['130', 'interrupted with Ctrl-C; 143 with SIGTERM, 129 with SIGHUP'],
];

function mainPage(catalog, { version, description }) {
  const lines = [
    ...head('fdl', version),
    ...section('NAME', [`fdl \\- ${roff(description[0].toLowerCase() + description.slice(1))}`]),
    ...section('SYNOPSIS', ['\\fBfdl\\fR \\fIcommand\\fR [\\fIoptions\\fR]']),
    ...section('DESCRIPTION', [
      roff(
        'A workflow is a list of steps. Each runs a script in a container image, is started by a file that arrives',
      ),
      roff(
        'in its input folder, and writes files that start the next step. It is written in FDL, the Functions',
      ),
      roff(
        'Definition Language of SCAR and OSCAR, and runs on AWS Lambda, AWS Batch, OSCAR clusters and this machine.',
      ),
    ]),
    ...section(
      'COMMANDS',
      catalog.flatMap(({ name, summary }) => entry(bold(`fdl ${name}`), [sentence(summary)])),
    ),
    ...section(
      'EXIT STATUS',
      EXIT_CODES.flatMap(([code, what]) => entry(bold(code), [sentence(what)])),
    ),
    ...section('SEE ALSO', also(catalog.map(({ name }) => `fdl-${name}`)).slice(1)),
  ];
  return ['man/fdl.1', lines];
}

/** All pages by their paths. `manifest` is the package's. */
export function manPages(catalog, manifest) {
  const pages = [
    mainPage(catalog, manifest),
    ...catalog.flatMap((spec) => commandPages(spec, manifest.version)),
  ];
  return Object.fromEntries(pages.map(([path, lines]) => [path, `${lines.join('\n')}\n`]));
}
