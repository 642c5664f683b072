"""Invented pages with the markup of sites that curators link to."""

ARXIV = """\
<!DOCTYPE html>
<html lang="en">
<head><title>[2109.01234] Small Lenses See Far: A Study of Optics in Networks</title>
<link rel="canonical" href="https://arxiv.org/abs/2109.01234"/>
<meta property="og:type" content="website" />
<meta property="og:site_name" content="arXiv.org" />
<meta property="og:title" content="Small Lenses See Far: A Study of Optics in Networks" />
<meta property="og:url" content="https://arxiv.org/abs/2109.01234v2" />
<meta property="og:image" content="/static/browse/0.3.4/images/arxiv-logo-fb.png" />
<meta property="og:description" content="We grind lenses." />
<meta name="citation_title" content="Small Lenses See Far: A Study of Optics in Networks" />
<meta name="citation_author" content="Novak, Ada" />
<meta name="citation_author" content="Öztürk, Can" />
<meta name="citation_date" content="2021/09/02" />
<meta name="citation_online_date" content="2021/09/14" />
<meta name="citation_pdf_url" content="https://arxiv.org/pdf/2109.01234" />
<meta name="citation_arxiv_id" content="2109.01234" />
<meta name="citation_abstract" content="We grind small lenses, and find that they see as far as large ones do.
 Networks that were trained through them keep their accuracy on four benchmarks, and need a tenth of the light: \
this holds for still images and for video." /></head>
<body><h1 class="title mathjax"><span class="descriptor">Title:</span>Small Lenses See Far</h1></body></html>
"""

OPENREVIEW = """\
<!DOCTYPE html><html lang="en"><head>
<title>Glass Transformers | OpenReview</title>
<meta name="citation_title" content="Glass Transformers">
<meta name="citation_author" content="Mei Tanaka"><meta name="citation_author" content="Jo Brandt">
<meta name="citation_publication_date" content="2021/01/12">
<meta name="citation_abstract" content="A transformer made of glass.">
<meta name="citation_pdf_url" content="/pdf?id=gl4ss">
<meta property="og:title" content="Glass Transformers"><meta property="og:site_name" content="OpenReview">
<meta property="og:image" content="https://openreview.net/images/openreview_logo_512.png">
</head><body><div id="__next"></div></body></html>
"""

CVF = """\
<!DOCTYPE html><html><head>
<title>CVPR 2021 Open Access Repository</title>
<meta name="citation_title" content="Seeing Through Prisms">
<meta name="citation_author" content="Ferrari, Lia"><meta name="citation_author" content="Okoye, Chidi">
<meta name="citation_publication_date" content="2021">
<meta name="citation_conference_title" content="A conference on seeing">
<meta name="citation_pdf_url" content="https://openaccess.thecvf.com/content/CVPR2021/papers/Prisms_paper.pdf">
</head><body><div id="papertitle">Seeing Through Prisms</div>
<div id="abstract">  Prisms split light.
We put it together again. </div></body></html>
"""

ACL = """\
<!DOCTYPE html><html lang="en"><head>
<title>Words Under a Lens - ACL Anthology</title>
<meta content="Words Under a Lens" name="citation_title"><meta content="Ines Duarte" name="citation_author">
<meta content="2021/8" name="citation_publication_date">
<meta property="og:title" content="Words Under a Lens">
<meta property="og:image" content="/thumb/2021.lens-long.1.png">
<link rel="canonical" href="https://aclanthology.org/2021.lens-long.1/">
</head><body><div class="card-body acl-abstract"><h5 class="card-title">Abstract</h5>
<span>Words look larger under a lens, and mean the same.</span></div></body></html>
"""

GITHUB = """\
<!DOCTYPE html><html lang="en" data-color-mode="auto"><head>
<title>GitHub - opticians/lens: Lenses for every network</title>
<meta name="description" content="Lenses for every network. Contribute to opticians/lens.">
<meta property="og:image" content="/card.png" /><meta property="og:image:alt" content="Lenses for every network" />
<meta property="og:site_name" content="GitHub" /><meta property="og:type" content="object" />
<meta property="og:title" content="GitHub - opticians/lens: Lenses for every network" />
<link rel="canonical" href="https://github.com/opticians/lens" />
</head><body></body></html>
"""

YOUTUBE = """\
<!DOCTYPE html><html lang="ja-JP" itemscope itemtype="http://schema.org/WebPage"><head>
<title>How a lens is ground - YouTube</title>
<meta property="og:site_name" content="YouTube"><meta property="og:title" content="How a lens is ground">
<meta property="og:image" content="/vi/maxresdefault.png">
<link rel="canonical" href="https://www.youtube.com/watch?v=gr1ndingIt0">
</head><body><div itemscope itemtype="http://schema.org/VideoObject">
<meta itemprop="name" content="How a lens is ground">
<meta itemprop="datePublished" content="2021-09-01T08:00:00-07:00">
<span itemprop="author" itemscope><link itemprop="url" href="http://www.youtube.com/@workshop">
<link itemprop="name" content="The Workshop"></span></div></body></html>
"""

BLOG = """\
<!DOCTYPE html><html lang="en-us"><head><meta charset="utf-8">
<title>A week at the bench &amp; what it taught us | The Bench Notes</title>
<meta name="twitter:card" content="summary_large_image"><meta name="twitter:image" content="bench.png">
<link rel="canonical" href="./">
<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
 {"@type": "WebSite", "name": "The Bench Notes"},
 {"@type": ["BlogPosting"], "headline": "A week at the bench & what it taught us",
  "author": [{"@type": "Person", "name": "Sam Ito"}], "datePublished": "2021-09-10T10:00:00Z",
  "description": "Five days, one lens."}]}</script>
</head><body><article><h1>A week at the bench</h1><img src="bench.png" alt="A bench with a lens on it">
</article></body></html>
"""

FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Bench</title><link>http://blog.example/</link><description>x</description>
<item><title>New &amp;amp; shiny</title><link>{base}/new</link><pubDate>Wed, 15 Sep 2021 08:00:00 GMT</pubDate></item>
<item><title>Old</title><link>{base}/old</link><pubDate>Wed, 01 Sep 2021 08:00:00 GMT</pubDate></item>
<item><title>No link</title><guid isPermaLink="false">x</guid></item>
</channel></rss>
"""

ATOM = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Bench</title><id>a:b</id><updated>2021-09-15T00:00:00Z</updated>
<entry><title>Atomic</title><id>a:c</id><link rel="alternate" href="{base}/atomic"/>
<updated>2021-09-16T00:00:00Z</updated></entry>
</feed>
"""

BOOKMARKS = """\
<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file. -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><H3 ADD_DATE="1631600000">Optics</H3>
    <DL><p>
        <DT><A HREF="{base}/new" ADD_DATE="1631664000" ICON="data:image/png;base64,AAAA">New &amp; shiny レンズ</A>
        <DT><A HREF="{base}/old" ADD_DATE="1630454400000000">Old</A>
        <DT><A HREF="javascript:alert(1)">A bookmarklet</A>
        <DT><A HREF="place:type=6">Recent tags</A>
    </DL><p>
</DL><p>
"""

OPML = """\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="Optics"><outline type="rss" text="Bench" xmlUrl="{base}/feed.xml" htmlUrl="{base}/"/></outline>
</body></opml>
"""
