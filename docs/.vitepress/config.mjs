// The site is docs/ as it is: scripts/docs-site builds it to target/site, and a link that leads
// nowhere fails it. Pages outside docs/ are checked by scripts/check-links.
const group = (text, names) => ({
  text,
  items: names.map((name) => ({
    text: name[0].toUpperCase() + name.slice(1).replaceAll('-', ' '),
    link: `/${name}`
  }))
})

export default {
  title: 'HeliosDB',
  description: 'An embedded SQL database for Spring Boot',
  outDir: '../target/site',
  ignoreDeadLinks: [/\.\.\//],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      group('Use', ['configuration', 'jdbc', 'time-travel', 'observability', 'docker',
        'troubleshooting', 'limits']),
      group('Rely on', ['support', 'versioning', 'upgrading', 'file-format', 'benchmarks']),
      group('Change', ['architecture', 'history', 'decisions', 'releasing'])
    ]
  }
}
