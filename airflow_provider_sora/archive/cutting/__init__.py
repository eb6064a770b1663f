"""Films and other copies that are made of archived videos, archived in their turn with a receipt of their parts.

``edit_list`` reads what a DAG says of a film, ``copies`` what it says of one clip; ``parts`` looks the parts up by
their receipts and brings them to this worker, held against their hashes; ``made_source`` hands what was made of them
to the archive, once; ``workshop`` puts these together, ``concat`` joins clips as they are, ``handing_over`` makes a
folder for an editor. A retry meets its own object, since the id of what is made follows from its parts and its edit
list. Not here: how pictures and sound are cut (``media.cut``).
"""
