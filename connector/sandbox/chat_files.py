"""im.v2.File.upload: a file into a chat, with a message beside it, in one call.

api-reference/chat-bots/chat-bots-v2/im.v2/files/file-upload.md. Chat folders are not listed by disk.*.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.disk import decoded, keep_file
from connector.sandbox.kernel import Call, RestError, method
from connector.sandbox.messages import chat_of
from connector.sandbox.tasks_chat import ChatBook, Message

MOST_BYTES = 100 * 1024 * 1024
_CHAT_STORAGE = 0


@method("im.v2.file.upload", scope="im", cost="write")
def upload(call: Call) -> Any:
    dialog, fields = str(call.get("dialogId") or ""), call.mapping("fields")
    name, encoded = str(fields.get("name") or ""), str(fields.get("content") or "")
    if not name or not encoded:
        raise RestError("FILE_EMPTY", "File name and content are required")
    content = decoded(encoded)
    if content is None:
        raise RestError("FILE_INVALID_CONTENT", "Invalid base64 content")
    if len(content) > MOST_BYTES:
        raise RestError("FILE_TOO_LARGE", "File too large")
    try:
        chat_id = chat_of(call, dialog)
    except RestError:
        raise RestError("CHAT_NOT_FOUND", "CHAT_NOT_FOUND") from None
    file = keep_file(call, _CHAT_STORAGE, name, content)
    text = str(fields.get("message") or "")
    number = call.portal.next_id("message")
    message = Message(number, chat_id, call.user_id, text, call.portal.now(), (file.id,))
    call.portal.part(ChatBook).add(message)
    author = call.portal.people.get(call.user_id)
    address = f"https://{call.portal.domain}/bitrix/services/main/ajax.php?fileId={file.id}"
    return {
        "file": {
            "id": file.id,
            "chatId": chat_id,
            "date": call.portal.write_time(file.at, call.user_id),
            "type": "file",
            "name": name,
            "extension": name.rpartition(".")[2],
            "size": len(content),
            "image": False,
            "status": "done",
            "progress": 100,
            "authorId": call.user_id,
            "authorName": author.full_name if author else "",
            "urlPreview": "",
            "urlShow": address,
            "urlDownload": address,
            "viewerAttrs": {
                "viewer": "",
                "viewerType": "unknown",
                "src": address,
                "objectId": str(file.id),
                "imChatId": chat_id,
                "title": name,
            },
            "mediaUrl": {"preview": {"250": ""}},
            "isTranscribable": False,
            "isVideoNote": False,
            "isVoiceNote": False,
        },
        "messageId": number,
        "chatId": chat_id,
        "dialogId": dialog,
    }
