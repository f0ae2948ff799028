// Draws the interactive charts of a page. A static figure stays in place of a chart that cannot be drawn, and on paper.
const WIDTH_PER_LEGEND_ENTRY = 240;
const WIDTH_OF_LEGEND_SYMBOL = 40; // with the gap to the next entry
const SHARE_OF_LABELS = 0.3;
const PAPER = '#ffffff';
const scheme = matchMedia('(prefers-color-scheme: dark)');

function colored(specification) {
  // a copy, with the colours of the page's scheme
  const { dark } = specification.usermeta;
  const isDark = (value) => scheme.matches && typeof value === 'string' && Object.hasOwn(dark, value);
  return JSON.parse(JSON.stringify(specification), (_, value) => (isDark(value) ? dark[value] : value));
}

async function draw(figure) {
  const stated = figure.querySelector('script[type="application/json"]');
  if (!stated) { return; }
  const { specification, leastWidth, mostWidth, words } = JSON.parse(stated.textContent);
  const chart = figure.querySelector('.chart');
  figure.dataset.drawn = '';
  chart.style.minWidth = `${leastWidth}px`;
  chart.style.maxWidth = mostWidth ? `${mostWidth}px` : '';
  const width = chart.clientWidth;
  const columns = Math.max(1, Math.floor(width / WIDTH_PER_LEGEND_ENTRY));
  const look = `${columns} ${scheme.matches}`;
  if (chart.dataset.look === look) { return; }
  chart.dataset.look = look;
  specification.background = PAPER;
  specification.config.legend.columns = columns;
  specification.config.legend.labelLimit = Math.floor(width / columns) - WIDTH_OF_LEGEND_SYMBOL;
  specification.config.axisY.labelLimit = Math.round(SHARE_OF_LABELS * width);
  try {
    await globalThis.vegaEmbed(chart, colored(specification), {
      renderer: 'svg',
      logLevel: 1, // errors only
      actions: { export: { svg: true, png: true }, source: false, compiled: false, editor: false },
      i18n: { SVG_ACTION: words[0], PNG_ACTION: words[1], CLICK_TO_VIEW_ACTIONS: words[2] },
      downloadFileName: figure.id
    });
  } catch (error) {
    delete figure.dataset.drawn;
    throw error;
  }
}

const drawAll = () => document.querySelectorAll('figure').forEach(draw);
drawAll();
addEventListener('resize', drawAll);
scheme.addEventListener('change', drawAll);
