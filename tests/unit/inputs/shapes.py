"""Tables as shops export them, with invented contents: name, text, and what a right reading gives.

Each is ``(name, text, layout, SKUs of the products, reasons of the rest by row)``.
"""

from __future__ import annotations

import json
from typing import Any

CDN = "https://cdn.shop.example/p"


def rows(*lines: list[str], mark: str = ",") -> str:
    """Rows with quotation marks where they are needed."""
    return "".join(mark.join(_cell(cell, mark) for cell in line) + "\r\n" for line in lines)


def _cell(cell: str, mark: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in (mark, '"', "\n")) else cell


SHOPIFY = rows(
    ["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Published", "Variant SKU", "Variant Inventory Tracker",
     "Variant Inventory Qty", "Variant Inventory Policy", "Image Src", "Status"],
    ["bowl", "Bowl", "<p>Oak &amp; oil</p><ul><li>wide</li><li>deep</li></ul><style>p{}</style><script>x()</script>",
     "Hinoki Lab", "Kitchen", "TRUE", "B-S", "shopify", "0", "deny", "", "active"],
    ["bowl", "", "", "", "", "", "B-L", "shopify", "3", "deny", f"{CDN}/bowl-2.jpg", ""],
    ["spoon", "Spoon", "Beech", "Hinoki Lab", "Kitchen", "TRUE", "S", "shopify", "0", "deny", f"{CDN}/s.jpg", "active"],
    ["fork", "Fork", "Beech", "", "", "TRUE", "F", "shopify", "0", "continue", f"{CDN}/f.jpg", "active"],
    ["knife", "Knife", "Steel", "", "", "TRUE", "K", "", "", "deny", "", "active"],
    ["tray", "Tray", "Ash", "", "", "FALSE", "T", "", "", "deny", f"{CDN}/t.jpg", "active"],
    ["pan", "Pan", "Iron", "", "", "TRUE", "P", "", "", "deny", f"{CDN}/pan.jpg", "archived"],
)  # fmt: skip

SHOPIFY_NEW = rows(
    ["Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Published on online store", "Status",
     "SKU", "Option1 name", "Inventory quantity", "Product image URL"],
    ["Lamp", "lamp", "<b>Warm</b> light", "Hinoki Lab", "Home", "Lamps", "TRUE", "Active", "L1", "Size", "4",
     f"{CDN}/l.jpg"],
    ["", "lamp", "", "", "", "", "", "", "L2", "", "4", f"{CDN}/l2.jpg"],
    ["Shade", "shade", "Paper", "", "", "", "TRUE", "Draft", "S1", "", "4", f"{CDN}/s.jpg"],
)  # fmt: skip

PRODUCTS_JSON = json.dumps(
    {
        "products": [
            {"id": 1, "title": "Mug", "handle": "mug", "body_html": "<p>Cedar</p>",
             "published_at": "2026-01-02T00:00:00Z", "vendor": "Hinoki Lab", "product_type": "Kitchen",
             "variants": [{"sku": "M-S", "available": False}, {"sku": "M-L", "available": True}],
             "images": [{"src": f"{CDN}/mug.jpg?v=1"}, {"src": f"{CDN}/mug-2.jpg"}]},
            {"id": 2, "title": "Sold", "handle": "sold", "body_html": "", "published_at": "2026-01-02T00:00:00Z",
             "variants": [{"available": False}], "images": [{"src": f"{CDN}/sold.jpg"}]},
            {"id": 3, "title": "Bare", "handle": "bare", "body_html": None, "published_at": "2026-01-02T00:00:00Z",
             "variants": [{"available": True}], "images": []},
            {"id": 4, "title": "Hidden", "handle": "hidden", "body_html": "", "published_at": None,
             "variants": [{"available": True}], "images": [{"src": f"{CDN}/h.jpg"}]},
        ]
    }
)  # fmt: skip

WOO = rows(
    ["ID", "Type", "SKU", "Name", "Published", "Visibility in catalog", "Short description", "Description", "In stock?",
     "Categories", "Images", "Parent"],
    ["21", "variation", "", "Tee - Red", "1", "visible", "", "", "1", "", f"{CDN}/red.jpg", "id:20"],
    ["20", "variable", "", "Tee", "1", "visible", "", "<p>Soft &ndash; strong</p>\\n<p>Cool</p>", "1", "Tees", "", ""],
    ["22", "simple, virtual", "gift", "Gift", "1", "visible", "A voucher", "", "0", "", f"{CDN}/g.jpg", ""],
    ["23", "simple", "dr", "Draft", "-1", "visible", "x", "", "1", "", f"{CDN}/d.jpg", ""],
    ["24", "variation", "lone-1", "Lone - One", "1", "visible", "", "", "1", "", f"{CDN}/lone.jpg", "lone"],
    ["25", "variation", "lone-2", "Lone - Two", "1", "visible", "", "", "1", "", f"{CDN}/lone.jpg", "lone"],
)  # fmt: skip

WOO_GERMAN = rows(
    ["ID", "Typ", "Artikelnummer", "Name", "Veröffentlicht", "Kurzbeschreibung", "Beschreibung", "Bilder",
     "Übergeordnetes Produkt"],
    ["1", "simple", "KR-1", "Krug", "1", "spülmaschinenfest", "", f"{CDN}/k.jpg, {CDN}/k2.jpg", ""],
    ["2", "simple", "KR-2", "Teller", "0", "", "", f"{CDN}/t.jpg", ""],
)  # fmt: skip

MAGENTO = rows(
    ["sku", "store_view_code", "attribute_set_code", "product_type", "categories", "name", "description",
     "short_description", "product_online", "visibility", "base_image", "is_in_stock", "configurable_variations"],
    ["WS-S", "", "Default", "simple", "Default Category/Tops", "Shirt S", "", "", "1", "Not Visible Individually",
     "/w/s/s.jpg", "1", ""],
    ["WS", "", "Default", "configurable", "Default Category/Tops", "Shirt", "<p>Linen</p>", "", "1", "Catalog, Search",
     "/w/s/main.jpg", "1", "sku=WS-S,size=S|sku=WS-M,size=M"],
    ["WS", "de", "", "", "", "Hemd", "Leinen", "", "", "", "", "", ""],
    ["OFF", "", "Default", "simple", "", "Off", "", "", "2", "Catalog, Search", "/o/f/off.jpg", "1", ""],
    ["GONE", "", "Default", "simple", "", "Gone", "", "", "1", "Catalog, Search", "/g/o/gone.jpg", "0", ""],
    ["PART", "", "Default", "simple", "", "Part", "", "", "1", "Not Visible Individually", "/p/a/part.jpg", "1", ""],
)  # fmt: skip

RAKUTEN = rows(
    ["商品管理番号（商品URL）", "商品番号", "商品名", "倉庫指定", "キャッチコピー", "PC用商品説明文", "商品画像タイプ1",
     "商品画像パス1", "SKU管理番号", "在庫数"],
    ["mug-01", "M1", "檜のマグカップ", "0", "香りの良い檜", "<p>厚手</p>", "CABINET", "/items/mug.jpg", "", ""],
    ["mug-01", "", "", "", "", "", "", "", "mug-01-s", "0"],
    ["mug-01", "", "", "", "", "", "", "", "mug-01-l", "2"],
    ["tea-01", "T1", "煎茶", "1", "", "新茶", "CABINET", "/items/tea.jpg", "", "5"],
    ["cup-01", "C1", "湯のみ", "0", "", "薄手", "CABINET", "/items/cup.jpg", "", "0"],
)  # fmt: skip

RAKUTEN_OLD = rows(
    ["コントロールカラム", "商品管理番号（商品URL）", "商品番号", "PC用キャッチコピー", "商品名", "倉庫指定",
     "PC用商品説明文", "商品画像URL", "在庫タイプ", "在庫数"],
    ["u", "bag-1", "B1", "軽い", "帆布バッグ", "0", "<font>丈夫</font>",
     "https://image.rakuten.example/shop/cabinet/1.jpg https://image.rakuten.example/shop/cabinet/2.jpg", "1", "3"],
)  # fmt: skip

YAHOO = rows(
    ["path", "name", "code", "sub-code", "price", "headline", "caption", "explanation", "display", "item-image-urls"],
    ["食器", "湯のみ", "cup-1", "", "1200", "手になじむ", "<b>陶器</b>", "", "1", f"{CDN}/cup.jpg;{CDN}/cup2.jpg"],
    ["食器", "皿", "dish-1", "", "900", "", "磁器", "", "0", f"{CDN}/dish.jpg"],
)  # fmt: skip

YAHOO_JAPANESE = rows(
    ["商品コード", "商品名", "キャッチコピー", "商品説明", "商品画像URL", "公開状態"],
    ["cup-1", "湯のみ", "手になじむ", "陶器", f"{CDN}/cup.jpg", "1"],
    ["dish-1", "皿", "", "磁器", f"{CDN}/dish.jpg", "非公開"],
)  # fmt: skip

MERCHANT = rows(
    ["id", "item group id", "title", "description", "link", "image link", "price", "availability", "brand"],
    ["T-R", "TEE", "Tee red", "Cotton", "https://shop.example/t", f"{CDN}/r.jpg", "25 USD", "in stock", "Hinoki Lab"],
    ["T-B", "TEE", "Tee blue", "Cotton", "https://shop.example/t", f"{CDN}/b.jpg", "25 USD", "in_stock", ""],
    ["T-G", "TEE", "Tee green", "Cotton", "https://shop.example/t", f"{CDN}/g.jpg", "25 USD", "out of stock", ""],
    ["P", "", "Pin", "", "https://shop.example/p", "", "2 USD", "preorder", ""],
    mark="\t",
)  # fmt: skip

ATOM = f"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
 <title>Shop</title><link rel="self" href="https://shop.example/feed"/>
 <entry><id>https://shop.example/a1</id><g:id>A1</g:id><title>Cedar mug</title><summary>Light &amp; warm</summary>
  <link rel="alternate" href="https://shop.example/a1"/><g:image_link><![CDATA[ {CDN}/mug.jpg ]]></g:image_link>
  <g:shipping><g:country>US</g:country><g:price>4 USD</g:price></g:shipping><g:price>9 USD</g:price>
  <g:availability> in stock </g:availability></entry>
 <entry><g:id>A2</g:id><title>Gone</title><link href="https://shop.example/a2"/><g:image_link>{CDN}/2.jpg</g:image_link>
  <g:price>9 USD</g:price><g:availability>out_of_stock</g:availability></entry>
</feed>"""

WIX = rows(
    ["handleId", "fieldType", "name", "description", "productImageUrl", "collection", "sku", "visible", "inventory"],
    ["p1", "Product", "Vase", "<p>Clay</p>", f"{CDN}/v1.jpg;{CDN}/v2.jpg", "Home", "V1", "true", "InStock"],
    ["p1", "Variant", "", "", "", "", "V1-R", "", "3"],
    ["p2", "Product", "Urn", "Clay", f"{CDN}/u.jpg", "Home", "U1", "false", "InStock"],
)  # fmt: skip

SQUARESPACE = rows(
    ["Product ID [Non Editable]", "Variant ID [Non Editable]", "Product URL", "Title", "Description", "SKU", "Stock",
     "Categories", "Visible", "Hosted Image URLs"],
    ["ab1", "v1", "soap", "Soap", "<p>Olive</p>", "SOAP-1", "0", "/bath", "Yes", f"{CDN}/soap.jpg {CDN}/soap2.jpg"],
    ["", "v2", "", "", "", "SOAP-2", "Unlimited", "", "", ""],
    ["ab2", "v3", "oil", "Oil", "Olive", "OIL-1", "0", "/bath", "Yes", f"{CDN}/oil.jpg"],
)  # fmt: skip

PRESTASHOP = rows(
    ["Product ID", "Active (0/1)", "Name *", "Categories (x,y,z...)", "Reference #", "Short description",
     "Image URLs (x,y,z...)"],
    ["1", "1", "Bougie", "Maison", "B-1", "<p>Cire d’abeille</p>", f"{CDN}/b1.jpg,{CDN}/b2.jpg"],
    ["2", "0", "Lampe", "Maison", "L-1", "", f"{CDN}/l.jpg"],
    mark=";",
)  # fmt: skip

WOO_JSON = json.dumps(
    [
        {"id": 7, "name": "Jar", "slug": "jar", "permalink": "https://shop.example/jar", "status": "publish",
         "catalog_visibility": "visible", "description": "", "short_description": "<p>Glass</p>", "sku": "J-1",
         "stock_status": "instock", "categories": [{"id": 1, "name": "Kitchen"}],
         "images": [{"id": 3, "src": f"{CDN}/jar.jpg"}, {"id": 4, "src": f"{CDN}/jar-2.jpg"}]},
        {"id": 8, "name": "Lid", "slug": "lid", "permalink": "", "status": "draft", "catalog_visibility": "visible",
         "description": "", "short_description": "", "sku": "", "stock_status": "instock", "categories": [],
         "images": [{"src": f"{CDN}/lid.jpg"}]},
        {"id": 9, "name": "Cork", "permalink": "", "status": "publish", "sku": "C-1", "stock_status": "outofstock",
         "images": [{"src": f"{CDN}/cork.jpg"}]},
    ]
)  # fmt: skip

BIGCOMMERCE = rows(
    ["Item Type", "Product ID", "Product Name", "Product Code/SKU", "Brand Name", "Product Description", "Category",
     "Product Visible?", "Track Inventory", "Current Stock Level", "Product Image URL - 1"],
    ["Product", "11", "Clock", "CL-1", "Hinoki Lab", "<p>Oak</p>", "Home", "Y", "none", "0", f"{CDN}/clock.jpg"],
    ["SKU", "", "[S]Size=Large", "CL-1-L", "", "", "", "", "", "4", ""],
    ["Product", "12", "Bell", "BL-1", "", "Brass", "Home", "N", "none", "0", f"{CDN}/bell.jpg"],
    ["Product", "13", "Gong", "GG-1", "", "Brass", "Home", "Y", "by product", "0", f"{CDN}/gong.jpg"],
)  # fmt: skip

ETSY = rows(
    ["TITLE", "DESCRIPTION", "PRICE", "CURRENCY_CODE", "QUANTITY", "TAGS", "MATERIALS", "IMAGE1", "IMAGE2", "SKU"],
    ["Ring", "Silver &amp; pearl", "40", "EUR", "3", "ring", "silver", f"{CDN}/ring.jpg", f"{CDN}/ring-2.jpg", "R-1"],
    ["Chain", "Silver", "60", "EUR", "0", "", "", f"{CDN}/chain.jpg", "", "C-1"],
)  # fmt: skip

Shape = tuple[str, str, str, list[str], dict[int, str]]
SHAPES: list[Shape] = [
    ("shopify", SHOPIFY, "shopify", ["bowl", "fork"],
     {4: "out of stock", 6: "no photo", 7: "not published", 8: "not published"}),
    ("shopify-2025", SHOPIFY_NEW, "shopify", ["lamp"], {4: "a draft"}),
    ("products.json", PRODUCTS_JSON, "shopify_json", ["mug"], {2: "out of stock", 3: "no photo", 4: "not published"}),
    ("woocommerce", WOO, "woocommerce", ["20", "lone-1"], {4: "out of stock", 5: "a draft"}),
    ("woocommerce-de", WOO_GERMAN, "woocommerce", ["KR-1"], {3: "not published"}),
    ("magento", MAGENTO, "magento", ["WS"], {5: "not published", 6: "out of stock", 7: "a variant"}),
    ("rakuten", RAKUTEN, "rakuten", ["mug-01"], {5: "not published", 6: "out of stock"}),
    ("rakuten-old", RAKUTEN_OLD, "rakuten", ["bag-1"], {}),
    ("yahoo", YAHOO, "yahoo_shopping", ["cup-1"], {3: "not published"}),
    ("yahoo-ja", YAHOO_JAPANESE, "yahoo_shopping", ["cup-1"], {3: "not published"}),
    ("merchant", MERCHANT, "merchant", ["T-R"], {4: "out of stock", 5: "no photo"}),
    ("merchant-atom", ATOM, "merchant", ["A1"], {2: "out of stock"}),
    ("wix", WIX, "wix", ["V1"], {4: "not published"}),
    ("squarespace", SQUARESPACE, "squarespace", ["SOAP-1"], {4: "out of stock"}),
    ("woocommerce-rest", WOO_JSON, "woocommerce_json", ["J-1"], {2: "a draft", 3: "out of stock"}),
    ("bigcommerce", BIGCOMMERCE, "bigcommerce", ["CL-1"], {4: "not published", 5: "out of stock"}),
    ("etsy", ETSY, "etsy", ["R-1"], {3: "out of stock"}),
    ("prestashop", PRESTASHOP, "prestashop", ["B-1"], {3: "not published"}),
]  # fmt: skip

#: What single products must come out as.
FIRST: dict[str, dict[str, Any]] = {
    "shopify": {"title": "Bowl", "selling_points": "Oak & oil wide; deep", "photo": f"{CDN}/bowl-2.jpg",
                "brand": "Hinoki Lab", "category": "Kitchen", "market": ""},
    "shopify-2025": {"selling_points": "Warm light", "category": "Lamps", "photo": f"{CDN}/l.jpg"},
    "products.json": {"selling_points": "Cedar", "photo": f"{CDN}/mug.jpg?v=1", "brand": "Hinoki Lab"},
    "woocommerce": {"title": "Tee", "selling_points": "Soft – strong Cool", "photo": f"{CDN}/red.jpg"},
    "woocommerce-de": {"selling_points": "spülmaschinenfest", "photo": f"{CDN}/k.jpg"},
    "magento": {"title": "Shirt", "selling_points": "Linen", "photo": "/shop/w/s/main.jpg"},
    "rakuten": {"title": "檜のマグカップ", "selling_points": "香りの良い檜", "photo": "/shop/items/mug.jpg",
                "market": "jp", "language": "ja"},
    "rakuten-old": {"photo": "https://image.rakuten.example/shop/cabinet/1.jpg", "market": "jp"},
    "yahoo": {"title": "湯のみ", "photo": f"{CDN}/cup.jpg", "category": "食器"},
    "yahoo-ja": {"selling_points": "手になじむ", "market": "jp"},
    "merchant": {"title": "Tee red", "url": "https://shop.example/t", "brand": "Hinoki Lab"},
    "merchant-atom": {"title": "Cedar mug", "selling_points": "Light & warm", "photo": f"{CDN}/mug.jpg",
                      "url": "https://shop.example/a1"},
    "wix": {"photo": f"{CDN}/v1.jpg", "selling_points": "Clay"},
    "squarespace": {"photo": f"{CDN}/soap.jpg", "selling_points": "Olive"},
    "woocommerce-rest": {"selling_points": "Glass", "category": "Kitchen", "photo": f"{CDN}/jar.jpg",
                         "url": "https://shop.example/jar"},
    "bigcommerce": {"title": "Clock", "selling_points": "Oak", "brand": "Hinoki Lab"},
    "etsy": {"selling_points": "Silver & pearl", "photo": f"{CDN}/ring.jpg"},
    "prestashop": {"title": "Bougie", "selling_points": "Cire d’abeille", "photo": f"{CDN}/b1.jpg"},
}  # fmt: skip
