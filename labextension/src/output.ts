import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Panel } from '@lumino/widgets';

const OURS = 'application/vnd.aiser+json';
const LIVE = 'application/vnd.jupyter.widget-view+json';
const STILL = 'text/html';

/**
 * An output of ours: the still HTML until, and unless, the widget has drawn its card.
 *
 * A saved notebook has no model behind its widgets until its cells are run again; without this it would show an error in
 * place of every answer.
 */
class Output extends Panel implements IRenderMime.IRenderer {
  constructor(private rendermime: IRenderMimeRegistry) {
    super();
    this.addClass('jp-AiserOutput');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.watch.disconnect();
    for (const old of [...this.widgets]) {
      old.dispose();
    }
    const hasLive =
      model.trusted &&
      LIVE in model.data &&
      this.rendermime.mimeTypes.includes(LIVE);
    const still = STILL in model.data ? this.add(STILL) : null;
    const live = hasLive ? this.add(LIVE) : null;
    if (live) {
      const swap = () => {
        const drawn = live.node.querySelector('.aiser') !== null;
        live.setHidden(!drawn);
        still?.setHidden(drawn);
      };
      this.watch = new MutationObserver(swap);
      this.watch.observe(live.node, { childList: true, subtree: true });
      swap();
    }
    await still?.renderModel(model);
    // Not awaited: without a kernel it waits for one.
    void live?.renderModel(model);
  }

  dispose(): void {
    this.watch.disconnect();
    super.dispose();
  }

  private add(mimeType: string): IRenderMime.IRenderer {
    const renderer = this.rendermime.createRenderer(mimeType);
    this.addWidget(renderer);
    return renderer;
  }

  private watch = new MutationObserver(() => undefined);
}

/** Let a notebook's outputs of ours be drawn so; its own registry is the one that knows the widgets. */
export function showStillFirst(rendermime: IRenderMimeRegistry): void {
  rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [OURS],
      createRenderer: () => new Output(rendermime)
    },
    // Before the widgets' own renderer, which stands at -10.
    -20
  );
}
