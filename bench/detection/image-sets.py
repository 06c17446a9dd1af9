import json, os, sys, glob, hashlib, re
import numpy as np
from PIL import Image, ImageDraw, ImageFont
Image.MAX_IMAGE_PIXELS=None
# Writes sets of images for bench/detection/image-sets.ts: image-sets.py OUT PACKAGES SET...
# PACKAGES holds emoji-datasource-{apple,google,twitter,facebook} of npm, each unpacked below npm/<vendor>/package, and Debian's oxygen-icon-theme,
# wesnoth-1.16-data, plasma-workspace-wallpapers, gnome-backgrounds and texlive-fonts-extra, unpacked below deb/x/{oxygen,wesnoth,plasma,gnome-back,tex}.
# Sets: emoji icons wesnoth tiles letters. Needs Pillow and numpy.
OUT, PACKAGES = sys.argv[1:3]
def write(name, images, labels, names):
    a=np.stack(images); 
    if a.ndim==3: a=a[...,None]
    n,h,w,c=a.shape
    json.dump(dict(height=h,width=w,channels=c,names=names,labels=[int(x) for x in labels]),open(f'{OUT}/{name}.json','w'))
    a.astype(np.uint8).tofile(f'{OUT}/{name}.bin')
    print(name,a.shape,dict(zip(names,np.bincount(labels,minlength=len(names)).tolist())),flush=True)
def onto(im,side):
    im=im.convert('RGBA'); bg=Image.new('RGBA',im.size,(255,255,255,255)); bg.alpha_composite(im)
    return np.asarray(bg.convert('RGB').resize((side,side),Image.BOX))
def finish(name, rows, least=60):
    from collections import Counter
    k=Counter(l for _,l in rows); names=sorted(l for l in k if k[l]>=least)
    rows=[r for r in rows if r[1] in names]
    write(name,[r[0] for r in rows],[names.index(r[1]) for r in rows],names)
def emoji():
    rows=[];rows2=[]
    for v in ['apple','google','twitter','facebook']:
        d=json.load(open(f'{PACKAGES}/npm/{v}/package/emoji.json'))
        for e in d:
            vs=[e]+list(e.get('skin_variations',{}).values())
            for x in vs:
                p=f"{PACKAGES}/npm/{v}/package/img/{v}/64/{x['image']}"
                if not os.path.exists(p): continue
                im=onto(Image.open(p),32)
                rows.append((im,e['category']))
                if x is e: rows2.append((im,v))
    finish('emoji',rows)
    finish('vendors',rows2)
def icons():
    rows=[]
    for size in ('32x32','48x48','64x64'):
        for p in sorted(glob.glob(f'{PACKAGES}/deb/x/oxygen/usr/share/icons/oxygen/base/{size}/*/*.png')):
            rows.append((onto(Image.open(p),32),p.split('/')[-2]))
    finish('icons',rows)
def wesnoth():
    rows=[]
    for p in sorted(glob.glob(f'{PACKAGES}/deb/x/wesnoth/**/core/images/units/*/**/*.png',recursive=True)):
        im=Image.open(p)
        if im.size!=(72,72): continue
        rows.append((onto(im,48),p.split('/units/')[1].split('/')[0]))
    finish('units',rows)
    rows=[]
    for p in sorted(glob.glob(f'{PACKAGES}/deb/x/wesnoth/**/core/images/terrain/*/**/*.png',recursive=True)):
        rows.append((onto(Image.open(p),36),p.split('/terrain/')[1].split('/')[0]))
    finish('terrain',rows)
def tiles():
    rng=np.random.default_rng(7); rows=[]
    ps=sorted(glob.glob(f'{PACKAGES}/deb/x/plasma/usr/share/wallpapers/*/contents/images/*'))+sorted(glob.glob(f'{PACKAGES}/deb/x/gnome-back/**/*.webp',recursive=True))
    seen=set()
    for p in ps:
        key=p.split('/wallpapers/')[1].split('/')[0] if '/wallpapers/' in p else os.path.basename(p)
        if key in seen: continue
        im=Image.open(p).convert('RGB')
        if im.size[0]<1600: continue
        seen.add(key)
        s=1600/im.size[0]; im=im.resize((1600,int(im.size[1]*s)),Image.BOX); a=np.asarray(im)
        got=0
        for _ in range(3000):
            y=rng.integers(0,a.shape[0]-32);x=rng.integers(0,a.shape[1]-32);t=a[y:y+32,x:x+32]
            if t.std()<8: continue
            rows.append((t.copy(),key)); got+=1
            if got==400: break
    from collections import Counter
    k=Counter(l for _,l in rows); keep=[x for x,_ in sorted(k.items(),key=lambda t:(-t[1],t[0]))][:20]
    finish('tiles',[r for r in rows if r[1] in keep])
def letters():
    rows=[];seen=set()
    fonts=sorted(glob.glob(f'{PACKAGES}/deb/x/tex/**/*.otf',recursive=True)+glob.glob(f'{PACKAGES}/deb/x/tex/**/*.ttf',recursive=True))
    for f in fonts:
        try:
            font=ImageFont.truetype(f,96)
            glyphs=[]
            for ch in 'ABCDEFGHIJ':
                im=Image.new('L',(220,220),0); ImageDraw.Draw(im).text((50,40),ch,font=font,fill=255)
                box=im.getbbox()
                if not box: raise ValueError
                g=im.crop(box); s=max(g.size); q=Image.new('L',(s,s),0); q.paste(g,((s-g.size[0])//2,(s-g.size[1])//2))
                glyphs.append(np.asarray(q.resize((24,24),Image.BOX)))
            if len({g.tobytes() for g in glyphs})<10: continue
        except Exception: continue
        for ch,g in zip('ABCDEFGHIJ',glyphs):
            h=hashlib.md5(g.tobytes()).digest()
            if h in seen: continue
            seen.add(h); rows.append((np.pad(g,2),ch))
    finish('letters',rows)
for s in sys.argv[3:]: globals()[s]()
